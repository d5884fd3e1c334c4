import type { EventLog } from '../events/event-log.ts';
import { type Pages, pagesOfLog } from '../history/log-pages.ts';
import { Interrupted, interruptible } from './interruptible.ts';
import { startProgress } from './progress.ts';
import { isReaderGone, writeToStandardOutput } from './standard-output.ts';

/** How a subcommand that takes its time talks to whoever started it. */
export interface AtTerminal {
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** Writes data; resolves when more can be taken. */
  write(text: string): Promise<void>;
  /** Says something to the person. */
  say(text: string): void;
  /** A whole log after a position, up to `end`, with its progress shown. */
  scan(log: EventLog, after: bigint, end: bigint): Pages;
}

/**
 * Does a subcommand's work. Progress is shown at a terminal, and makes way for data.
 * @throws {Interrupted} where Ctrl-C came before the work was done
 */
export async function atTerminal(work: (terminal: AtTerminal) => Promise<void>): Promise<void> {
  const progress = startProgress();
  try {
    await interruptible(async (signal) => {
      await work({
        signal,
        write(text) {
          progress.end();
          return writeToStandardOutput(text);
        },
        say: progress.say,
        async *scan(log, after, end) {
          let events = 0;
          for await (const page of pagesOfLog(log, after, end, signal)) {
            yield page;
            events += page.length;
            progress.update(events, Number((page.at(-1)?.position ?? after) - after) / Number(end - after));
          }
        },
      });
      if (signal.aborted) throw new Interrupted('Interrupted.');
    });
  } catch (error) {
    if (!isReaderGone(error)) throw error;
  } finally {
    progress.end();
  }
}
