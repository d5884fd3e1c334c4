import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../../code-of.ts';
import { reasonOf } from '../../../reason-of.ts';
import { type BlobStore, type KeptBlob, type OpenBlob, StorageUnavailable, type WholeDraft } from '../blob-store.ts';
import { asideName, folderOf, PART, parseName, pathOf } from './file-places.ts';

/** Tries, while other processes keep and remove the same bytes. */
const TRIES = 20;

/** What file systems say that have no hard links, or if the draft is on another one. */
export const CANNOT_LINK = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Some file systems keep times in steps of two seconds. */
const GRAIN_MS = 2_000;

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
    return this.#reaching(async () => {
      const folder = folderOf(this.address, draft.sha256);
      const handle = await open(draft.path, 'r+');
      try {
        await renewAndSync(handle);
        await this.#makeFolders(folder, draft.sha256);
        await this.#place(draft, pathOf(this.address, draft.sha256));
      } finally {
        await handle.close();
      }
      await sync(folder);
    });
  }

  read(sha256: string, range?: { readonly start: number; readonly end: number }): Promise<OpenBlob | null> {
    return this.#reaching(async () => {
      const found = await this.#find(sha256, async (path) => {
        const handle = await open(path, 'r');
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
      const handle = await open(copy, 'r+');
      try {
        await renewAndSync(handle);
      } finally {
        await handle.close();
      }
      await rename(copy, to);
    } catch (error) {
      await rm(copy, { force: true }).catch(() => {});
      throw error;
    }
  }

  async #makeFolders(folder: string, sha256: string): Promise<void> {
    const first = dirname(folder);
    const [high, low] = [sha256.slice(0, 2), sha256.slice(0, 4)];
    await this.#makeFolder(first, this.address, Number.parseInt(high, 16));
    await this.#makeFolder(folder, first, 0x100 + Number.parseInt(low, 16));
  }

  async #makeFolder(folder: string, parent: string, number: number): Promise<void> {
    const isMade = await mkdir(folder).then(
      () => true,
      (error) => {
        if (codeOf(error) !== 'EEXIST') throw error;
        return false;
      },
    );
    if (!isMade && this.#durable[number] === 1) return;
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

  async #reaching<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StorageUnavailable || error instanceof RangeError) throw error;
      throw new StorageUnavailable(`${this.address} cannot be used: ${reasonOf(error)}`, error);
    }
  }
}

/** The names that the blob has in its folder: its own, and those that removers gave it. */
async function namesOf(folder: string, sha256: string): Promise<string[]> {
  const names = await readdir(folder).catch(emptyIfMissing);
  return names.filter((name) => parseName(name)?.sha256 === sha256);
}

/** Moves one name of the blob aside; then nobody else renews or removes it. Gives whether it was old, and was removed. */
async function removeAside(folder: string, name: string, sha256: string, than: Date): Promise<boolean> {
  const aside = join(folder, asideName(sha256, randomUUID()));
  try {
    await rename(join(folder, name), aside);
    if ((await stat(aside)).mtime < than) {
      await rm(aside);
      return true;
    }
    await putBack(aside, join(folder, sha256));
    return false;
  } catch (error) {
    nullIfMissing(error);
    return false;
  }
}

/** If the bytes were brought anew meanwhile, those stay. */
async function putBack(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path);
  } catch (error) {
    if (CANNOT_LINK.has(codeOf(error) ?? '')) return rename(aside, path);
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  await rm(aside, { force: true });
}

async function tryToLink(from: string, to: string): Promise<'made' | 'exists' | 'impossible'> {
  try {
    await link(from, to);
    return 'made';
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'EEXIST') return 'exists';
    if (CANNOT_LINK.has(code)) return 'impossible';
    throw error;
  }
}

/** Gives false if the file was removed meanwhile: its time may be that of a file that is gone. */
async function isRenewed(path: string): Promise<boolean> {
  try {
    const now = new Date();
    await utimes(path, now, now);
    await sync(path);
    return (await stat(path)).mtimeMs >= now.getTime() - GRAIN_MS;
  } catch (error) {
    nullIfMissing(error);
    return false;
  }
}

async function renewAndSync(handle: FileHandle): Promise<void> {
  const now = new Date();
  await handle.utimes(now, now);
  await handle.sync();
}

async function statOf(path: string): Promise<{ readonly size: number } | null> {
  return stat(path).catch(nullIfMissing);
}

export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function nullIfMissing(error: unknown): null {
  if (codeOf(error) !== 'ENOENT') throw error;
  return null;
}

function emptyIfMissing(error: unknown): string[] {
  nullIfMissing(error);
  return [];
}
