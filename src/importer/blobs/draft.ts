import { createHash, type Hash, randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../errors/code-of.ts';
import { nullIfMissing } from '../../errors/if-missing.ts';
import { makeFolder } from '../../machine/durable.ts';
import { Room } from '../../machine/room.ts';
import { ImportFailure } from '../import-failure.ts';
import type { Sink } from '../sources/source.ts';
import { tooLarge } from '../too-large.ts';
import type { WholeDraft } from './blob-store.ts';
import { removeLeftovers } from './leftovers.ts';

/** So much must stay free on the disk, for the log and the views: many drafts may grow between two looks at it. */
const FLOOR_BYTES = 256 * 1024 * 1024;

/** So much is written and hashed at once. A draft holds no more in memory. */
const BUFFER_BYTES = 256 * 1024;

/** Buffers of drafts that have ended: new ones for each draft would keep the garbage collector busy. */
const SPARE: Buffer[] = [];
const MOST_SPARE = 32;

/** Longer than any attempt may take: another process may be at work in the same folder. Not much longer: a crash may come again and again. */
const LEFT_AFTER_MS = 60 * 60 * 1_000;

export interface DraftsOptions {
  /** Made if it is missing; the folder that it is in must be there. */
  readonly folder: string;
  /** The most that one draft may have. */
  readonly limitBytes: number;
  /** 256 MiB unless set. */
  readonly floorBytes?: number;
}

/** A draft whose bytes have all come. */
export interface FinishedDraft extends WholeDraft {
  /** In hex. */
  readonly md5: string;
}

/** Bytes on their way into the blob store, each in a temporary file of one folder. */
export class Drafts {
  readonly #folder: string;
  readonly #limitBytes: number;
  readonly #room: Room;

  constructor({ folder, limitBytes, floorBytes = FLOOR_BYTES }: DraftsOptions) {
    this.#folder = folder;
    this.#limitBytes = limitBytes;
    this.#room = new Room(folder, floorBytes);
  }

  /** The most bytes that a draft may have. */
  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Begins a draft. Whoever begins it discards it in the end. @throws {ImportFailure} it cannot be kept */
  async begin(): Promise<Draft> {
    const path = join(this.#folder, randomUUID());
    return keeping(async () => {
      const handle = await create(path).catch(async (error) => {
        nullIfMissing(error);
        await makeFolder(this.#folder);
        return create(path);
      });
      const draft = new Draft(path, handle, this.#limitBytes, this.#room);
      try {
        assertRoom(this.#room);
        return draft;
      } catch (error) {
        await draft.discard();
        throw error;
      }
    });
  }

  /** Removes what crashes left; gives how many drafts there were. */
  removeLeftovers(): Promise<number> {
    return removeLeftovers(this.#folder, new Date(Date.now() - LEFT_AFTER_MS));
  }
}

/** One draft. Its memory does not grow with its bytes. */
export class Draft implements Sink {
  readonly #path: string;
  readonly #limitBytes: number;
  readonly #room: Room;
  readonly #sha256: Hash = createHash('sha256');
  readonly #md5: Hash = createHash('md5');
  /** Null once the draft has ended. */
  #buffer: Buffer | null = SPARE.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #buffered = 0;
  #bytes = 0;
  /** Null once it is closed. */
  #handle: FileHandle | null;

  constructor(path: string, handle: FileHandle, limitBytes: number, room: Room) {
    this.#path = path;
    this.#handle = handle;
    this.#limitBytes = limitBytes;
    this.#room = room;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a copy. Call it again only after it has resolved. @throws {ImportFailure} there are too many bytes, or they cannot be kept */
  async write(chunk: Uint8Array): Promise<void> {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limitBytes) throw tooLarge(this.#limitBytes);
    for (let taken = 0; taken < chunk.length && this.#buffer !== null; ) {
      const part = chunk.subarray(taken, taken + BUFFER_BYTES - this.#buffered);
      this.#buffer.set(part, this.#buffered);
      this.#buffered += part.length;
      taken += part.length;
      if (this.#buffered === BUFFER_BYTES) await this.#flush();
    }
  }

  /** Ends it: no more bytes come. It is whole, but not durable, and stays open. @throws {ImportFailure} it cannot be kept */
  async end(): Promise<FinishedDraft> {
    await this.#flush();
    this.#giveBuffer();
    const [sha256, md5] = [this.#sha256.digest('hex'), this.#md5.digest('hex')];
    return { path: this.#path, sha256, md5, bytes: this.#bytes, sync: () => this.#sync() };
  }

  /** Removes its file, ended or not. It never fails: what cannot be removed is removed as a leftover later. */
  async discard(): Promise<void> {
    await this.#close().catch(() => {});
    await unlink(this.#path).catch(() => {});
  }

  async #flush(): Promise<void> {
    if (this.#buffer === null) return;
    const part = this.#buffer.subarray(0, this.#buffered);
    this.#buffered = 0;
    this.#sha256.update(part);
    this.#md5.update(part);
    await keeping(async () => {
      assertRoom(this.#room);
      await this.#handle?.appendFile(part);
    });
  }

  async #sync(): Promise<void> {
    if (this.#handle === null) throw new Error('The draft was discarded while it was kept.');
    await this.#handle.sync();
  }

  #giveBuffer(): void {
    if (this.#buffer !== null && SPARE.length < MOST_SPARE) SPARE.push(this.#buffer);
    this.#buffer = null;
  }

  async #close(): Promise<void> {
    this.#giveBuffer();
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}

function create(path: string): Promise<FileHandle> {
  return open(path, 'wx', 0o600);
}

function assertRoom(room: Room): void {
  room.look();
  if (room.isLow) throw Object.assign(new Error('the disk of DATA_DIR is nearly full'), { code: 'ENOSPC' });
}

async function keeping<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = codeOf(error) === 'ENOSPC' ? 'its disk is full' : `it has trouble with its disk (${codeOf(error)})`;
    throw new ImportFailure('storage_unavailable', `The service cannot keep the bytes just now: ${why}.`, {
      cause: error,
    });
  }
}
