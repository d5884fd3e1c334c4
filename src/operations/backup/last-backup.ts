import { z } from 'zod';
import { NoteFile } from '../note-file.ts';

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

const file = new NoteFile(FILE, schema);

/** @throws errors of the file system, such as for a copy that cannot be written */
export function noteBackup(dataDir: string, last: LastBackup): Promise<void> {
  return file.write(dataDir, last);
}

/** Null: this data directory knows of none of this log. */
export function lastBackup(dataDir: string, log: string): Promise<LastBackup | null> {
  return file.read(dataDir, log);
}
