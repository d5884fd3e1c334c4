import { decode } from '../events/decode.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { OPERATIONS_STREAM } from '../events/streams.ts';
import { type Pages, pagesOfStream } from './log-pages.ts';
import { whyUnreadable } from './timeline.ts';

/** A stream, and what operators did to its view, in the order of the log. */
export async function* streamWithRepairs(log: EventLog, stream: string, signal: AbortSignal): Pages {
  let repairs: RecordedEvent[] = [];
  for await (const page of pagesOfStream(log, OPERATIONS_STREAM, signal)) {
    repairs.push(...page.filter((event) => isRepairOf(event, stream)));
  }
  for await (const page of pagesOfStream(log, stream, signal)) {
    const end = page.at(-1)?.position ?? 0n;
    yield [...page, ...repairs.filter(({ position }) => position < end)].sort(inOrderOfLog);
    repairs = repairs.filter(({ position }) => position > end);
  }
  yield repairs;
}

function inOrderOfLog(one: RecordedEvent, other: RecordedEvent): number {
  return one.position < other.position ? -1 : 1;
}

function isRepairOf(event: RecordedEvent, stream: string): boolean {
  if (event.type !== 'ViewsRepaired' || whyUnreadable(event) !== null) return false;
  const { type, data } = decode(event);
  return type === 'ViewsRepaired' && data.streams.includes(stream);
}
