import type { EventStoreDBClient } from '@eventstore/db-client';
import { LogUnavailable } from '../errors.ts';
import type { RecordedEvent } from '../event-log.ts';
import { openRead } from './calls.ts';
import type { ForeignEvents } from './foreign-events.ts';
import type { Head } from './head.ts';
import { Received } from './received.ts';
import { oursAfter } from './requests.ts';
import type { StreamNames } from './stream-names.ts';

/** How often to say "level" in silence; the port promises once a second. */
const LEVEL_EVERY_MS = 800;

export interface FollowParts {
  readonly client: EventStoreDBClient;
  readonly names: StreamNames;
  readonly head: Head;
  readonly foreign: ForeignEvents;
  readonly warn: (message: string) => void;
  /** A subscription is dead if it was silent for this time although there are events for it. */
  readonly stalledMs: number;
}

/**
 * The port's `follow` over one subscription. After events, the subscription says that it is level. In silence the server is asked for the
 * newest event: this tells a quiet subscription from a dead one.
 * @throws {LogUnavailable} the subscription or the server is dead; the caller subscribes again
 */
export async function* follow(
  { client, stalledMs, ...parts }: FollowParts,
  after: bigint,
  signal: AbortSignal,
): AsyncGenerator<readonly RecordedEvent[], void, void> {
  if (signal.aborted) return;
  const { head, names } = parts;
  const from = head.placeAfter(after);
  const received = new Received(await openRead(client, oursAfter(from, names)), from, parts);
  try {
    let last = after;
    let isSaid = false;
    while (!signal.aborted) {
      const page = received.take();
      if (page.length > 0) {
        last = (page.at(-1) as RecordedEvent).position;
        isSaid = false;
        yield page;
      } else if (received.failure !== null) {
        throw received.failure;
      } else if (!isSaid && received.isAllAfter(last)) {
        isSaid = true;
        yield [];
      } else {
        await received.wait(LEVEL_EVERY_MS, signal);
        const isNews = !received.isEmpty || received.failure !== null || (!isSaid && received.isAllAfter(last));
        if (isNews || signal.aborted) continue;
        isSaid = await isLevel(received, head, last, stalledMs);
        if (isSaid) yield [];
      }
    }
  } finally {
    received.end();
  }
}

/** Whether the server has nothing after `last`. @throws {LogUnavailable} */
async function isLevel(received: Received, head: Head, last: bigint, stalledMs: number): Promise<boolean> {
  if ((await head.find()) <= last) return true;
  if (performance.now() - received.aliveAt < stalledMs) return false;
  throw new LogUnavailable(`EventStoreDB's subscription gave nothing for ${stalledMs} ms`);
}
