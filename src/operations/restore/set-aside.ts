import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What belongs to the log that was there before: SQLite would take the first for the end of the new log. */
const OF_THE_LOG = /^events\.db-(wal|journal)$/;
const OF_NO_USE = /^events\.db-shm$/;
/** Deliveries say how far each webhook has come, in positions of the log that was there; the other what its newest backup had. */
const OF_ITS_TIME = /^(deliveries\.db.*|last-backup\.json)$/;

/**
 * Moves what a data directory has of another time of its log into a folder in it.
 * @returns the folder; null: there was nothing
 * @throws errors of the file system
 */
export function setAside(dataDir: string, now: Date): string | null {
  const names = readdirSync(dataDir);
  for (const name of names) if (OF_NO_USE.test(name)) rmSync(join(dataDir, name));
  const files = names.filter((name) => OF_THE_LOG.test(name) || OF_ITS_TIME.test(name));
  const kept = files.filter((name) => statSync(join(dataDir, name)).size > 0);
  for (const name of files) if (!kept.includes(name)) rmSync(join(dataDir, name));
  if (kept.length === 0) return null;
  const folder = join(dataDir, `before-restore-${now.toISOString().replaceAll(':', '')}`);
  mkdirSync(folder, { mode: 0o700 });
  for (const name of kept) renameSync(join(dataDir, name), join(folder, name));
  return folder;
}
