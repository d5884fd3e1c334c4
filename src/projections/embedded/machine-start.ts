import { readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

/**
 * The views are not synced to disk. The file survives every end of the process. But if the machine itself stopped, it may be any
 * mixture of old and new pages. So the file says during which run of the machine it was written.
 */

/** The file was written before the machine was last started. */
export class FromEarlierStart extends Error {
  readonly code = 'from_earlier_start';

  constructor() {
    super('it was written before this machine was started');
    this.name = 'FromEarlierStart';
  }
}

/** Linux's id of this run of the machine; on another system, a constant. */
function thisStart(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

/** Marks a new file with this run of the machine. @throws {FromEarlierStart} it has the mark of another run */
export function markOrCheckStart(database: DatabaseSync): void {
  if (!isFromThisStart(database)) throw new FromEarlierStart();
  database.prepare('INSERT INTO machine_start (only_one, id) VALUES (1, ?) ON CONFLICT DO NOTHING').run(thisStart());
}

/** Whether the file has the mark of this run of the machine, or none yet. */
export function isFromThisStart(database: DatabaseSync): boolean {
  const marked = database.prepare('SELECT id FROM machine_start').get();
  return marked === undefined || marked.id === thisStart();
}
