import { importDecider } from '../src/commands/import.ts';
import { metadataOf, newEvents } from '../src/commands/new-events.ts';
import type { EventLog } from '../src/events/event-log.ts';
import { newId } from '../src/events/new-id.ts';
import { streamName } from '../src/events/streams.ts';
import { documentCommand, ORGANIZATION_ID, USER_ID } from './document-request.ts';

/** Few enough for a server that takes a hundred a second, since an append has a deadline of a second and a half. */
const APPENDS_AT_ONCE = 128;

/** Fills a log up to `count` events. Each is appended as the service appends the document's request. */
export async function fillLog(log: EventLog, count: number): Promise<void> {
  let missing = count;
  for await (const page of log.follow(0n, new AbortController().signal)) {
    missing -= page.length;
    if (page.length === 0 || missing <= 0) break;
  }
  const facts = importDecider.decide(documentCommand(), importDecider.initial);
  const appendOne = () => {
    const context = { organization_id: ORGANIZATION_ID, user_id: USER_ID, request_id: newId() };
    return log.append(streamName('import', newId()), newEvents(facts, metadataOf(context, log.id)), 'no_stream');
  };
  for (; missing > 0; missing -= APPENDS_AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(missing, APPENDS_AT_ONCE) }, appendOne));
  }
}
