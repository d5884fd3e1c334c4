import { LogDamaged } from '../../events/errors.ts';
import type { EventLog } from '../../events/event-log.ts';
import { isAccessStream } from '../../events/streams.ts';
import { pagesOfLog } from '../../history/log-pages.ts';
import { exportLine } from './event-line.ts';

/** Lines are written in chunks of about so many characters. */
const CHUNK_CHARACTERS = 256 * 1024;

/** The result of an export. */
export interface Exported {
  readonly events: number;
  /** The position of the last event that was written. A later export continues after it. */
  readonly position: bigint;
}

/**
 * Writes the events after a position as lines, without those of access, up to the present head of the log, or until `signal` aborts. It always ends with a whole
 * line.
 * @param write takes whole lines, and resolves when it can take more
 * @param onProgress is called after each write with the number of events, the share of the positions that is done, and the last position
 * @throws {LogUnavailable | LogDamaged} and errors of `write`
 */
export async function exportEvents(
  log: EventLog,
  after: bigint,
  write: (lines: string) => Promise<void>,
  signal: AbortSignal,
  onProgress: (events: number, share: number, position: bigint) => void,
): Promise<Exported> {
  const head = await log.head();
  let position = after;
  let events = 0;
  let chunk = '';

  const flush = async () => {
    if (chunk === '') return;
    await write(chunk);
    chunk = '';
    onProgress(events, Number(position - after) / Number(head - after), position);
  };

  try {
    for await (const page of pagesOfLog(log, after, head, signal)) {
      for (const event of page) {
        if (isAccessStream(event.stream)) continue;
        chunk += exportLine(event);
        position = event.position;
        events += 1;
        if (chunk.length >= CHUNK_CHARACTERS) await flush();
        if (signal.aborted) break;
      }
    }
  } catch (error) {
    // What is before the damage is sound.
    if (error instanceof LogDamaged) await flush();
    throw error;
  }
  await flush();
  return { events, position };
}
