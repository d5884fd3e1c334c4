import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { BlobStore, KeptBlob, OpenBlob, WholeDraft } from '../../src/importer/blobs/blob-store.ts';

/** Keeps bytes in memory. */
export class MemoryBlobs implements BlobStore {
  readonly address = 'memory';
  readonly maySweep = false;
  readonly kept = new Map<string, Buffer>();
  /** How many streams of bytes are open. */
  open = 0;

  async keep({ path, sha256 }: WholeDraft): Promise<void> {
    this.kept.set(sha256, readFileSync(path));
  }

  async read(sha256: string, range?: { readonly start: number; readonly end: number }): Promise<OpenBlob | null> {
    const bytes = this.kept.get(sha256);
    if (bytes === undefined) return null;
    const { start = 0, end = bytes.length - 1 } = range ?? {};
    this.open += 1;
    const stream = Readable.from(pieces(bytes.subarray(start, end + 1)), { objectMode: false });
    stream.once('close', () => {
      this.open -= 1;
    });
    return { bytes: bytes.length, stream };
  }

  async stat(sha256: string): Promise<KeptBlob | null> {
    const bytes = this.kept.get(sha256);
    return bytes === undefined ? null : { sha256, bytes: bytes.length, renewedAt: new Date() };
  }

  async *list(): AsyncIterable<KeptBlob> {
    for (const sha256 of this.kept.keys()) yield (await this.stat(sha256)) as KeptBlob;
  }

  async removeIfOlder(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {}
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
