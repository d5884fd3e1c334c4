import { z } from 'zod';
import { type BlobsPlace, parseBlobsUrl } from './blobs-place.ts';

/** Whether imports are performed, and where the bytes of images are kept, by the settings. */
export interface BlobsConfig {
  /** Whether this node performs imports. */
  readonly performsImports: boolean;
  /** Null: `dataDir`. */
  readonly blobs: BlobsPlace | null;
}

/** The settings as the environment has them. */
export const blobsSettings = z.object({
  IMPORTER: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
  BLOBS_URL: z
    .string()
    .transform(parseBlobsUrl)
    .refine(
      (place) => place !== undefined,
      'must be like s3://bucket/prefix, without keys and host (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL_S3 have those), or like file:///folder',
    )
    .optional(),
});

/** The same, as the service uses them. */
export function blobsConfig({ IMPORTER, BLOBS_URL }: z.infer<typeof blobsSettings>): BlobsConfig {
  return { performsImports: IMPORTER === 'on', blobs: BLOBS_URL ?? null };
}

/** What is missing where imports are performed. A node on EventStoreDB is one of several: a folder of its own is not enough. */
export function faultsOfBlobs({ EVENTSTORE_URL, BLOBS_URL, IMPORTER }: NodeJS.ProcessEnv): string[] {
  if (EVENTSTORE_URL === undefined || BLOBS_URL !== undefined || IMPORTER === 'off') return [];
  return [
    'BLOBS_URL is required with EVENTSTORE_URL, because every node must reach the bytes of all images: set it to s3://bucket/prefix, or to ' +
      'file:///folder if all nodes share that folder (or there is one node). IMPORTER=off is for a node that performs no imports',
  ];
}
