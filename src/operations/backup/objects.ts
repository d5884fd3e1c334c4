import type { Readable } from 'node:stream';

/** A prefix of a bucket of S3, as far as a backup uses it: `importer/blobs/s3/bucket.ts` is one. */
export interface Objects {
  /** For people. */
  readonly address: string;
  /** Null: there is no such object. The body is to be read. */
  get(name: string): Promise<{ readonly body: Readable } | null>;
  /** Puts an object, or replaces it. */
  putBytes(name: string, bytes: Buffer): Promise<void>;
  /** Puts an object, if there is none of that name. Gives whether it did. */
  putNew(name: string, text: string): Promise<boolean>;
  remove(name: string, version: string | undefined): Promise<void>;
  /** A page of the objects whose names have this beginning. @param token of the page before */
  list(
    token?: string,
    beginning?: string,
  ): Promise<{ readonly Contents?: readonly { readonly Key?: string }[]; readonly NextContinuationToken?: string }>;
  /** The name of an object in a page. */
  nameOf(key: string): string;
  close(): void;
}
