import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { readRegularFile } from '../machine/regular-file.ts';

const MOST_BYTES = 1_048_576;

/** A small file in the data directory that tells a later process, of one log, what was done last. It is replaced as a whole. */
export class NoteFile<Note extends { readonly log: string }> {
  readonly #name: string;
  readonly #schema: z.ZodType<Note>;

  constructor(name: string, schema: z.ZodType<Note>) {
    this.#name = name;
    this.#schema = schema;
  }

  /** @throws errors of the file system, such as for a copy that cannot be written */
  async write(dataDir: string, note: Note): Promise<void> {
    const unfinished = join(dataDir, `${this.#name}.${randomUUID()}`);
    try {
      await writeFile(unfinished, `${JSON.stringify(note)}\n`, { flag: 'wx', mode: 0o600 });
      await rename(unfinished, join(dataDir, this.#name));
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {});
      throw error;
    }
  }

  /** Null: there is none of this log that can be read. */
  async read(dataDir: string, log: string): Promise<Note | null> {
    try {
      const bytes = await readRegularFile(join(dataDir, this.#name), MOST_BYTES);
      const note = this.#schema.parse(JSON.parse(String(bytes)));
      return note.log === log ? note : null;
    } catch {
      return null;
    }
  }
}
