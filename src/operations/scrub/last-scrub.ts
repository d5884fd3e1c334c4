import { z } from 'zod';
import { NoteFile } from '../note-file.ts';

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

const file = new NoteFile(FILE, schema);

/** @throws errors of the file system, such as for a copy that cannot be written */
export function noteScrub(dataDir: string, last: LastScrub): Promise<void> {
  return file.write(dataDir, last);
}

/** Null: this data directory knows of none of this log. */
export function lastScrub(dataDir: string, log: string): Promise<LastScrub | null> {
  return file.read(dataDir, log);
}
