import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type BlobsPlace, parseBlobsUrl } from '../../importer/blobs/blobs-place.ts';

/** An `s3://bucket/prefix` from the command line. */
export function bucketArgument(text: string): BlobsPlace {
  const place = text.startsWith('s3://') ? parseBlobsUrl(text) : undefined;
  if (place !== undefined) return place;
  throw new InvalidArgumentError(
    'It must be like s3://bucket/prefix, without keys and host (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL_S3 have those).',
  );
}

/** The place of a backup: the argument of the subcommand or its option. Ends with wrong usage if both are given, or none. */
export function placeOfBackup(
  folder: string | undefined,
  bucket: BlobsPlace | undefined,
  option: '--to' | '--from',
  command: Command,
): BlobsPlace {
  if ((folder === undefined) === (bucket === undefined)) {
    command.error(`error: give a folder, or ${option} s3://bucket/prefix`);
  }
  return bucket ?? { kind: 'folder', folder: resolve(folder as string) };
}
