import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../../errors/code-of.ts';
import { reasonOf } from '../../errors/reason-of.ts';
import { sync, writeAll } from '../../machine/durable.ts';

/** A cursor has some 200 characters. A file that is longer is another file. */
const MOST_BYTES = 4_096;

/** A file that keeps a cursor. It is replaced as a whole, so that it always holds one that was saved. */
export class CursorFile {
  readonly path: string;
  #saved: string | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** What it holds; null: there is no such file. @throws {Error} it cannot be read, or is no plain file */
  async read(): Promise<string | null> {
    try {
      // First, since opening a pipe would wait for its other end.
      if (!(await stat(this.path)).isFile()) throw new Error('it is no plain file');
      const handle = await open(this.path, 'r');
      try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
        return buffer.toString('utf8', 0, bytesRead).trim();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw new Error(`The cursor file ${this.path} cannot be read: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Resolves when the cursor is on disk. One that is there already is not written again. @throws {Error} it cannot be written */
  async save(cursor: string): Promise<void> {
    if (cursor === this.#saved) return;
    const unfinished = `${this.path}.${randomUUID()}`;
    try {
      // Only its owner may read it: a cursor is for operators.
      await writeAll(await open(unfinished, 'wx', 0o600), `${cursor}\n`);
      await rename(unfinished, this.path);
      // Without this, a power cut could bring back the file from before.
      await sync(dirname(this.path));
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {});
      throw new Error(`The cursor cannot be saved to ${this.path}: ${reasonOf(error)}`, { cause: error });
    }
    this.#saved = cursor;
  }
}
