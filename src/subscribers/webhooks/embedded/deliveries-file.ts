import type { Replaceable } from '../../../sqlite/replaceable-database.ts';
import { SCHEMA } from './schema.ts';

/** The file of the deliveries. */
export const DELIVERIES: Replaceable = {
  schema: SCHEMA,
  // Synced at its checkpoints only: what the process wrote outlives it, and after a power failure the file is as it was some moments before.
  settings: `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -4096;
  PRAGMA mmap_size = 0;
  PRAGMA journal_size_limit = 16777216;`,
  // So that the file can be made shorter if the disk is nearly full. It would be written at each opening, even on a full disk.
  settingsOfANewOne: 'PRAGMA auto_vacuum = INCREMENTAL',
  instead: 'a new one is made: each webhook goes on from its watermark in the log, and some events are sent again',
};
