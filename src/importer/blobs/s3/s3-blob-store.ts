import { type BlobStore, isSha256, type KeptBlob, type OpenBlob, placeOf, type WholeDraft } from '../blob-store.ts';
import type { Bucket } from './bucket.ts';

/**
 * Blobs in a bucket of S3, each an object `PREFIX/ab/cd/sha256`. A blob's age is the object's: to keep equal bytes again puts them again, at once and
 * as a whole, as S3 does.
 */
export class S3BlobStore implements BlobStore {
  readonly address: string;
  readonly maySweep: boolean;
  readonly #bucket: Bucket;

  constructor(bucket: Bucket, maySweep: boolean) {
    this.address = bucket.address;
    this.maySweep = maySweep;
    this.#bucket = bucket;
  }

  async keep(draft: WholeDraft): Promise<void> {
    await this.#bucket.put(placeOf(draft.sha256), draft);
  }

  async read(sha256: string, range?: { readonly start: number; readonly end: number }): Promise<OpenBlob | null> {
    const wanted = range === undefined ? undefined : `bytes=${range.start}-${range.end}`;
    const found = await this.#bucket.get(placeOf(sha256), wanted);
    if (found === null) return null;
    const { ContentRange, ContentLength } = found.head;
    return { bytes: Number(/\/(\d+)$/.exec(ContentRange ?? '')?.[1] ?? ContentLength), stream: found.body };
  }

  async stat(sha256: string): Promise<KeptBlob | null> {
    const head = await this.#bucket.head(placeOf(sha256));
    return head === null ? null : keptBlob(sha256, head.ContentLength, head.LastModified);
  }

  async *list(): AsyncGenerator<KeptBlob, void, void> {
    let token: string | undefined;
    do {
      const page = await this.#bucket.list(token);
      for (const { Key = '', Size, LastModified } of page.Contents ?? []) {
        const sha256 = sha256In(this.#bucket.nameOf(Key));
        if (sha256 !== null) yield keptBlob(sha256, Size, LastModified);
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /**
   * Looks directly before it removes. In a bucket that keeps versions it removes the very one that it has looked at. Elsewhere bytes that are kept in
   * between, some milliseconds, are lost: S3 can make a removal depend on the ETag only, and equal bytes have the same.
   */
  async removeIfOlder(sha256: string, than: Date): Promise<boolean> {
    const head = await this.#bucket.head(placeOf(sha256));
    if (head === null || keptBlob(sha256, head.ContentLength, head.LastModified).renewedAt >= than) return false;
    await this.#bucket.remove(placeOf(sha256), head.VersionId);
    return true;
  }

  async close(): Promise<void> {
    this.#bucket.close();
  }
}

/** Of which blob an object is, by its name; null: of none. */
export function sha256In(name: string): string | null {
  const sha256 = name.split('/').at(-1) ?? '';
  return isSha256(sha256) && name === placeOf(sha256) ? sha256 : null;
}

/** An object without a time is taken for a new one. */
function keptBlob(sha256: string, bytes = 0, renewedAt = new Date()): KeptBlob {
  return { sha256, bytes, renewedAt };
}
