import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What the newest backup has, for whoever watches its age: `last-backup.json` in the data directory of the process that makes it. */

const FILE = 'last-backup.json';

const schema = z.object({
  log: z.string(),
  to: z.string(),
  up_to: z.string(),
  events: z.number(),
  /** Images that the store of the service did not have whole. */
  missing: z.number(),
  /** When the backup had all that the log had. While a backup goes on, it is renewed at least every 30 s. */
  at: z.iso.datetime(),
});

export type LastBackup = z.infer<typeof schema>;

/** @throws errors of the file system, such as for a copy that cannot be written */
export async function noteBackup(dataDir: string, last: LastBackup): Promise<void> {
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
export async function lastBackup(dataDir: string, log: string): Promise<LastBackup | null> {
  try {
    const last = schema.parse(JSON.parse(await readFile(join(dataDir, FILE), 'utf8')));
    return last.log === log ? last : null;
  } catch {
    return null;
  }
}
