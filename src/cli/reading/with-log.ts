import { readConfig } from '../../config.ts';
import type { EventLog } from '../../events/event-log.ts';
import { openLog } from '../../stores.ts';
import { Interrupted, interruptible } from '../interruptible.ts';
import { startProgress } from '../progress.ts';
import { isReaderGone, writeToStandardOutput } from '../standard-output.ts';
import { type Pages, pagesOfLog } from './pages.ts';

/** What a subcommand works with that reads the log and changes nothing. */
export interface Reading {
  readonly log: EventLog;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** Writes data; resolves when more can be taken. */
  write(text: string): Promise<void>;
  /** Says something to the person. */
  say(text: string): void;
  /** The whole log after a position, up to `end`, with its progress shown. */
  scan(after: bigint, end: bigint): Pages;
}

/**
 * Opens the log alone for one subcommand, and closes it behind it. Progress is shown at a terminal, and makes way for data.
 * @throws {Interrupted} where Ctrl-C came before the work was done
 */
export async function withLog(work: (reading: Reading) => Promise<void>): Promise<void> {
  const progress = startProgress();
  try {
    await interruptible(async (signal) => {
      const log = await openLog(readConfig(process.env), progress.say);
      try {
        await work({
          log,
          signal,
          write(text) {
            progress.end();
            return writeToStandardOutput(text);
          },
          say: progress.say,
          async *scan(after, end) {
            let events = 0;
            for await (const page of pagesOfLog(log, after, end, signal)) {
              yield page;
              events += page.length;
              progress.update(events, Number((page.at(-1)?.position ?? after) - after) / Number(end - after));
            }
          },
        });
        if (signal.aborted) throw new Interrupted('Interrupted.');
      } catch (error) {
        if (!isReaderGone(error)) throw error;
      } finally {
        await log.close();
      }
    });
  } finally {
    progress.end();
  }
}
