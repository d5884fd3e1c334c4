import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../errors/code-of.ts';
import { emptyIfMissing } from '../../errors/if-missing.ts';
import { reasonOf } from '../../errors/reason-of.ts';
import { accountInWords } from '../../machine/access-trouble.ts';
import { makeFolder, sync, writeAll } from '../../machine/durable.ts';
import { readRegularFile, regular } from '../../machine/regular-file.ts';
import { isBusy } from '../../sqlite/errors.ts';
import { lockFile } from '../../sqlite/lock.ts';
import { BackupInUse, type BackupPlace, BackupUnavailable, type OpenSegment, type PlaceLock } from './backup-place.ts';
import { MOST_OBJECT_BYTES, MOST_SEGMENT_BYTES, segmentFile, segmentIn } from './segment.ts';

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_TRUNC, O_WRONLY } = constants;

/**
 * Whoever else can write to the folder must not make a backup write elsewhere by a link, such as over the log, nor wait for ever at the
 * end of a pipe.
 */
const SAFELY = O_NOFOLLOW | O_NONBLOCK;

/** What a backup has besides its objects: they do not make a folder one that is in use for something else. */
const OURS = new Set(['lock', 'lost+found']);

/** A backup in a folder. Only its owner may read it: it holds what callers sent. */
export class FolderPlace implements BackupPlace {
  readonly address: string;

  constructor(folder: string) {
    this.address = folder;
  }

  /** Makes the folder, unless it is there; the one that it is in must be there. @throws {BackupUnavailable} */
  async make(): Promise<void> {
    await this.#reaching(() =>
      makeFolder(this.address).catch((error) => {
        throw codeOf(error) === 'ENOENT'
          ? new Error('the folder that it is in is missing: make it, or mount it')
          : error;
      }),
    );
  }

  async lock(): Promise<PlaceLock> {
    const file = join(this.address, 'lock');
    try {
      // SQLite would make it for everyone to read. It is not opened if it is there: to close it would end a lock of this process.
      await open(file, 'wx', 0o600).then(
        (handle) => handle.close(),
        (error) => {
          if (codeOf(error) !== 'EEXIST') throw error;
        },
      );
      // SQLite would follow a link, and lock the log itself.
      const { ino, dev } = await lstat(file).then(regular(file));
      const lock = lockFile(file, 0);
      const assertHeld = async () => {
        const now = await stat(file).catch(() => null);
        if (now?.ino === ino && now.dev === dev) return;
        throw this.#unavailable(
          new Error('it is not the folder any more that it was: it was unmounted, removed or replaced'),
        );
      };
      return { assertHeld, close: async () => lock.close() };
    } catch (error) {
      if (isBusy(error))
        throw new BackupInUse(`Another process backs up to ${this.address} just now: one at a time does.`);
      throw this.#unavailable(error);
    }
  }

  read(name: string): Promise<Buffer | null> {
    return this.#reaching(() => readRegularFile(join(this.address, name), MOST_OBJECT_BYTES));
  }

  async write(name: string, text: string): Promise<void> {
    await this.#reaching(async () => {
      // Whoever has the lock is the only one who writes.
      const unfinished = join(this.address, `${name}.new`);
      await writeAll(await open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | SAFELY, 0o600), text);
      await rename(unfinished, join(this.address, name));
      await sync(this.address);
    });
  }

  isEmpty(): Promise<boolean> {
    return this.#reaching(async () => (await readdir(this.address)).every((name) => OURS.has(name)));
  }

  segments(): Promise<string[]> {
    return this.#reaching(async () => {
      const files = await readdir(join(this.address, 'events')).catch(emptyIfMissing);
      return files
        .map(segmentIn)
        .filter((name) => name !== null)
        .toSorted();
    });
  }

  readSegment(name: string, bytes: number | null): Promise<Buffer | null> {
    return this.#reaching(() => readRegularFile(join(this.address, segmentFile(name)), MOST_SEGMENT_BYTES, bytes));
  }

  openSegment(name: string, bytes: Buffer): Promise<OpenSegment> {
    return this.#reaching(async () => {
      const path = join(this.address, segmentFile(name));
      await makeFolder(join(this.address, 'events'));
      await sync(this.address);
      const handle = await open(path, O_RDWR | SAFELY | (bytes.length === 0 ? O_CREAT | O_TRUNC : 0), 0o600);
      try {
        await handle.truncate(bytes.length);
        if (bytes.length === 0) await sync(join(this.address, 'events'));
      } catch (error) {
        await handle.close();
        throw error;
      }
      return this.#growing(handle, bytes.length);
    });
  }

  async tidy(): Promise<void> {}

  async close(): Promise<void> {}

  #growing(handle: FileHandle, from: number): OpenSegment {
    let end = from;
    const append = (bytes: Buffer) =>
      this.#reaching(async () => {
        // A write may take only a part.
        for (let taken = 0; taken < bytes.length; ) {
          const { bytesWritten } = await handle.write(bytes, taken, bytes.length - taken, end);
          taken += bytesWritten;
          end += bytesWritten;
        }
      });
    return {
      append,
      sync: () => this.#reaching(() => handle.sync()),
      finish: async (bytes) => {
        await append(bytes);
        await this.#reaching(() => handle.sync());
        await handle.close();
      },
      close: () => handle.close(),
    };
  }

  async #reaching<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  #whatToDo(code: string | undefined): string | null {
    if (code === 'ENOSPC' || code === 'EDQUOT') return 'its disk is full: what was acknowledged is safe; make room';
    if (code !== 'EACCES' && code !== 'EPERM') return null;
    const account = accountInWords(process.getuid?.() ?? 0);
    return (
      `this process runs as ${account}, whose the data are, and has no right to it (${code}). ` +
      `Let root make the folder: install -d -m 700 -o ${account.replace('uid ', '')} ${this.address}`
    );
  }

  #unavailable(error: unknown): BackupUnavailable {
    if (error instanceof BackupUnavailable) return error;
    const why = this.#whatToDo(codeOf(error)) ?? reasonOf(error);
    return new BackupUnavailable(`The backup in ${this.address} cannot be used: ${why}`, error);
  }
}
