import type { EventLog } from '../../events/event-log.ts';
import { pagesOfLog } from '../../history/log-pages.ts';
import { exportLine } from './event-line.ts';

/** Lines are handed on once so many characters are together. */
const CHUNK_CHARACTERS = 256 * 1024;

/** How an export went. */
export interface Exported {
  readonly events: number;
  /** Of the last event that was written; where to go on after. */
  readonly position: bigint;
}

/**
 * Writes the events after a position as lines, up to the log's head as it is now, or until `signal` aborts; then up to the end of a line
 * as well.
 * @param write takes whole lines, and resolves when it can take more
 * @param onProgress is told after each write how many events there were, and the share of the positions that lies behind
 * @throws {LogUnavailable | LogDamaged} and what `write` throws
 */
export async function exportEvents(
  log: EventLog,
  after: bigint,
  write: (lines: string) => Promise<void>,
  signal: AbortSignal,
  onProgress: (events: number, share: number) => void,
): Promise<Exported> {
  const head = await log.head();
  let position = after;
  let events = 0;
  let chunk = '';

  const flush = async () => {
    if (chunk === '') return;
    await write(chunk);
    chunk = '';
    onProgress(events, Number(position - after) / Number(head - after));
  };

  for await (const page of pagesOfLog(log, after, head, signal)) {
    for (const event of page) {
      chunk += exportLine(event);
      position = event.position;
      events += 1;
      if (chunk.length >= CHUNK_CHARACTERS) await flush();
      if (signal.aborted) break;
    }
  }
  await flush();
  return { events, position };
}
