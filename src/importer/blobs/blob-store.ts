import type { Readable } from 'node:stream';

const SHA256 = /^[0-9a-f]{64}$/;

/** Whether a text is a sha256, as blobs are named. */
export function isSha256(text: string): boolean {
  return SHA256.test(text);
}

/**
 * Where a blob is below the store's own place: `ab/cd/abcd…`, so that no folder has too many names, and folders can be copied to S3 and back.
 * @throws {RangeError} it is no sha256: it might lead elsewhere
 */
export function placeOf(sha256: string): string {
  if (isSha256(sha256)) return `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
  throw new RangeError(`${JSON.stringify(sha256)} is no sha256 in hex`);
}

/** Bytes in a local temporary file, whole and hashed. */
export interface WholeDraft {
  readonly path: string;
  /** In hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** Makes it durable; absent if nobody has it open. It was written just now. */
  readonly sync?: () => Promise<void>;
}

/** Bytes that are kept. */
export interface KeptBlob {
  readonly sha256: string;
  readonly bytes: number;
  /** When they were last brought. */
  readonly renewedAt: Date;
}

/** The bytes of a part, or of the whole. */
export interface OpenBlob {
  /** Of the whole. */
  readonly bytes: number;
  readonly stream: Readable;
}

/**
 * Keeps the bytes of images by their sha256: the port. Its adapters are in `local/` and `s3/`. Each must pass `test/contracts/blob-store.ts`.
 * Each call rejects with `StorageUnavailable` if the store cannot be read or written, and none waits for ever.
 */
export interface BlobStore {
  /** Where it is, for people: a folder, or `s3://bucket/prefix`. */
  readonly address: string;

  /** Whether bytes that this log does not name may be removed. If not, another installation of the log brings bytes, which may be newer. */
  readonly maySweep: boolean;

  /** Keeps them durably. Equal bytes are kept once; to bring them again renews their age. The draft stays. */
  keep(draft: WholeDraft): Promise<void>;

  /** @param range the first and the last byte, both of which must exist; the whole unless set. Null: there are no such bytes. */
  read(sha256: string, range?: { readonly start: number; readonly end: number }): Promise<OpenBlob | null>;

  stat(sha256: string): Promise<KeptBlob | null>;

  /** All of them, in any order. */
  list(): AsyncIterable<KeptBlob>;

  /** Removes bytes if they were last brought before `than`: looks again in the act of removing. Gives whether it did. */
  removeIfOlder(sha256: string, than: Date): Promise<boolean>;

  close(): Promise<void>;
}

/** The store cannot be read or written just now. */
export class StorageUnavailable extends Error {
  readonly code = 'storage_unavailable';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'StorageUnavailable';
  }
}

/** The store has the bytes of another log's images. */
export class OtherBlobs extends Error {
  readonly code = 'other_blobs';

  constructor(reason: string) {
    super(reason);
    this.name = 'OtherBlobs';
  }
}
