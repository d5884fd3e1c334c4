import { readConfig } from '../../config.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { Pages } from '../../history/log-pages.ts';
import { openLogForReading, PATIENCE_MS } from '../../stores.ts';
import { type AtTerminal, atTerminal } from '../at-terminal.ts';
import { surroundings } from '../surroundings.ts';

/** What a subcommand works with that reads the log and changes nothing. */
export interface Reading extends Omit<AtTerminal, 'scan'> {
  readonly log: EventLog;
  /** The whole log after a position, up to `end`, with its progress shown. */
  scan(after: bigint, end: bigint): Pages;
}

/**
 * Opens the log alone for one subcommand, and closes it behind it.
 * @param patienceMs how long each call waits for a server that stands still
 * @throws {Interrupted} where Ctrl-C came before the work was done
 */
export function withLog(work: (reading: Reading) => Promise<void>, patienceMs = PATIENCE_MS): Promise<void> {
  return atTerminal(async (terminal) => {
    const config = readConfig(surroundings().env);
    const log = await openLogForReading(config, terminal.say, patienceMs);
    try {
      await work({ ...terminal, log, scan: (after, end) => terminal.scan(log, after, end) });
    } finally {
      await log.close();
    }
  });
}
