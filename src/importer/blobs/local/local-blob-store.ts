import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../../errors/code-of.ts';
import { emptyIfMissing, nullIfMissing } from '../../../errors/if-missing.ts';
import { reasonOf } from '../../../errors/reason-of.ts';
import { makeFolder, sync } from '../../../machine/durable.ts';
import { within } from '../../../time/within.ts';
import { type BlobStore, type KeptBlob, type OpenBlob, StorageUnavailable, type WholeDraft } from '../blob-store.ts';
import { folderOf, PART, parseName, pathOf } from './file-places.ts';
import { isRenewed, renewed, statOf, tryToLink } from './file-steps.ts';
import { namesOf, removeAside } from './removing.ts';

/** Tries, while other processes keep and remove the same bytes. */
const TRIES = 20;

/** How long a call may take; that which keeps bytes, longer: so many are written in a millisecond at least. */
const CALL_MS = 20_000;
const LEAST_SPEED = 500;

/** The folder for copies that are not whole yet. */
export const COPIES = 'tmp';

/**
 * Blobs in a folder, which may be shared by several machines. A blob's age is the time of its file.
 *
 * Removing is safe against a process that keeps the same bytes at that moment: the remover moves the file aside, looks at its time, and puts it
 * back if it was renewed. Whoever keeps bytes looks, after renewing their time, whether they are still in their place.
 */
export class LocalBlobStore implements BlobStore {
  readonly address: string;
  readonly maySweep: boolean;
  /** For each folder `ab`, and then for each `ab/cd`, whether this process has made it durable. */
  readonly #durable = new Uint8Array(0x100 + 0x10000);

  constructor(folder: string, maySweep: boolean) {
    this.address = folder;
    this.maySweep = maySweep;
  }

  keep(draft: WholeDraft): Promise<void> {
    return this.#reaching(
      async () => {
        const folder = folderOf(this.address, draft.sha256);
        try {
          // Together, since each waits for the disk.
          await Promise.all([draft.sync?.() ?? renewed(draft.path), this.#makeFolders(folder, draft.sha256)]);
          await this.#place(draft, pathOf(this.address, draft.sha256));
        } catch (error) {
          // Perhaps somebody removed the folder: the next try makes it again.
          if (codeOf(error) === 'ENOENT') this.#durable.fill(0);
          throw error;
        }
        await sync(folder);
      },
      CALL_MS + draft.bytes / LEAST_SPEED,
    );
  }

  read(sha256: string, range?: { readonly start: number; readonly end: number }): Promise<OpenBlob | null> {
    return this.#reaching(async () => {
      const found = await this.#find(sha256, async (path) => {
        // A pipe in its place would be waited for by one of the few threads for files, for ever. Its size is 0.
        const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
        return { handle, bytes: (await handle.stat()).size };
      });
      if (found === null) return null;
      const stream = createReadStream('', { fd: found.handle, ...range });
      // So that an error before anybody listens ends nothing.
      stream.on('error', () => {});
      return { bytes: found.bytes, stream };
    });
  }

  stat(sha256: string): Promise<KeptBlob | null> {
    return this.#reaching(() =>
      this.#find(sha256, async (path) => {
        const { size, mtime } = await stat(path);
        return { sha256, bytes: size, renewedAt: mtime };
      }),
    );
  }

  async *list(): AsyncGenerator<KeptBlob, void, void> {
    for (const first of await this.#parts(this.address)) {
      for (const second of await this.#parts(join(this.address, first))) {
        yield* this.#listFolder(join(this.address, first, second));
      }
    }
  }

  removeIfOlder(sha256: string, than: Date): Promise<boolean> {
    return this.#reaching(async () => {
      const kept = await this.stat(sha256);
      if (kept === null || kept.renewedAt >= than) return false;
      const folder = folderOf(this.address, sha256);
      let isRemoved = false;
      // Also what a remover that crashed has left aside.
      for (const name of await namesOf(folder, sha256)) {
        if (await removeAside(folder, name, sha256, than)) isRemoved = true;
      }
      return isRemoved;
    });
  }

  async close(): Promise<void> {}

  /** Puts the draft, which is durable, into its place, or renews what is there. */
  async #place(draft: WholeDraft, path: string): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const link = await tryToLink(draft.path, path);
      if (link === 'made') return;
      const there = await statOf(path);
      if (there?.size === draft.bytes) {
        if (await isRenewed(path)) return;
      } else if (there !== null || link === 'impossible') {
        return this.#copy(draft.path, path);
      }
    }
    throw new StorageUnavailable(
      `${path} is removed again and again while it is kept: is another program at work there?`,
    );
  }

  /** Replaces the file at once, by a copy that is whole. */
  async #copy(from: string, to: string): Promise<void> {
    const copy = join(this.address, COPIES, randomUUID());
    try {
      await copyFile(from, copy, constants.COPYFILE_EXCL);
      await renewed(copy);
      await rename(copy, to);
    } catch (error) {
      await rm(copy, { force: true }).catch(() => {});
      throw error;
    }
  }

  async #makeFolders(folder: string, sha256: string): Promise<void> {
    const [high, low] = [sha256.slice(0, 2), sha256.slice(0, 4)].map((part) => Number.parseInt(part, 16)) as [
      number,
      number,
    ];
    const first = dirname(folder);
    await this.#makeFolder(first, this.address, high);
    await this.#makeFolder(folder, first, 0x100 + low);
  }

  async #makeFolder(folder: string, parent: string, number: number): Promise<void> {
    if (this.#durable[number] === 1) return;
    await makeFolder(folder);
    // Also if it was there: whoever made it may not have come so far.
    await sync(parent);
    this.#durable[number] = 1;
  }

  /** Looks in the blob's place, and then at what a remover has moved aside: that may be put back. */
  async #find<T>(sha256: string, look: (path: string) => Promise<T>): Promise<T | null> {
    const folder = folderOf(this.address, sha256);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const names = tries === 0 ? [sha256] : await namesOf(folder, sha256);
      if (names.length === 0) return null;
      for (const name of names) {
        const found = await look(join(folder, name)).catch(nullIfMissing);
        if (found !== null) return found;
      }
    }
    return null;
  }

  async *#listFolder(folder: string): AsyncGenerator<KeptBlob, void, void> {
    const names = await this.#reaching(() => readdir(folder).catch(emptyIfMissing));
    const listed = new Set<string>();
    for (const name of names) {
      const sha256 = parseName(name)?.sha256;
      if (sha256 === undefined || listed.has(sha256)) continue;
      listed.add(sha256);
      const kept = await this.stat(sha256);
      if (kept !== null) yield kept;
    }
  }

  async #parts(folder: string): Promise<string[]> {
    const names = await this.#reaching(() => readdir(folder).catch(emptyIfMissing));
    return names.filter((name) => PART.test(name)).toSorted();
  }

  /** A network mount may hang: then the call is given up, though its work is not. */
  async #reaching<T>(work: () => Promise<T>, ms = CALL_MS): Promise<T> {
    try {
      return await within(ms, work(), () => new Error(`no answer within ${Math.round(ms / 1_000)} s`));
    } catch (error) {
      if (error instanceof StorageUnavailable || error instanceof RangeError) throw error;
      throw new StorageUnavailable(`${this.address} cannot be used: ${reasonOf(error)}`, error);
    }
  }
}
