import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What the last whole scrub has found: `last-scrub.json` in the data directory, so that a restart does not forget it. */

const FILE = 'last-scrub.json';

const schema = z.object({
  log: z.string(),
  /** When it ended. */
  at: z.iso.datetime(),
  events: z.number(),
  images: z.number(),
  /** How many faults it has found, and the first of them, in words. */
  faults: z.number(),
  first: z.string().nullable(),
});

export type LastScrub = z.infer<typeof schema>;

/** @throws errors of the file system */
export async function noteScrub(dataDir: string, last: LastScrub): Promise<void> {
  const unfinished = join(dataDir, `${FILE}.${randomUUID()}`);
  try {
    await writeFile(unfinished, `${JSON.stringify(last)}\n`, { flag: 'wx', mode: 0o600 });
    await rename(unfinished, join(dataDir, FILE));
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
}

/** Null: this data directory knows of none of this log. */
export async function lastScrub(dataDir: string, log: string): Promise<LastScrub | null> {
  try {
    const last = schema.parse(JSON.parse(await readFile(join(dataDir, FILE), 'utf8')));
    return last.log === log ? last : null;
  } catch {
    return null;
  }
}
