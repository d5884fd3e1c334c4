import {
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  type EventStoreDBClient,
  streamNameFilter,
} from '@eventstore/db-client';
import { LogUnavailable } from '../errors.ts';
import type { RecordedEvent } from '../event-log.ts';
import { News } from '../news.ts';
import { fromStored } from './event-text.ts';
import { isOurs, OUR_STREAMS, placeOf, positionOf } from './our-events.ts';
import { end } from './reads.ts';

/** A page ends at so many events, or at about so many characters: events of a megabyte must not fill the memory. */
const PAGE_EVENTS = 500;
const PAGE_CHARACTERS = 2_000_000;

/** So many events are read ahead, twice (on their way in and out of the client's stream), while the consumer is busy with a page. */
const READ_AHEAD = 64;

/** After so long without an event, the log's end is looked at: the consumer may be level. */
const FIRST_SILENCE_MS = 30;

/** How often to say "level" in silence; the port promises once a second. */
const LEVEL_EVERY_MS = 800;

/** A subscription that gives no sign of life for so long, although there are events for it, is dead. */
const STALLED_AFTER_MS = 5_000;

export interface FollowParts {
  readonly client: EventStoreDBClient;
  /** The port's `head`: besides telling whether the consumer is level, it tells a silent server from a dead one. */
  readonly head: () => Promise<bigint>;
  readonly warn: (message: string) => void;
}

/**
 * The port's `follow` over one subscription. What `caughtUp` and checkpoints say is not used but as a sign of life: they run ahead of
 * the events that are still in the client's buffer.
 * @throws {LogUnavailable} the subscription or the server is dead; it is never mended, the caller subscribes again
 */
export async function* follow(
  { client, head, warn }: FollowParts,
  after: bigint,
  signal: AbortSignal,
): AsyncGenerator<readonly RecordedEvent[], void, void> {
  if (signal.aborted) return;
  const news = new News();
  let failure: unknown = null;
  let aliveAt = performance.now();
  const filter = streamNameFilter({
    prefixes: OUR_STREAMS,
    checkpointReached: () => {
      aliveAt = performance.now();
    },
  });
  const subscription = client.subscribeToAll({ fromPosition: placeOf(after), filter }, { highWaterMark: READ_AHEAD });
  const fail = (error: unknown) => {
    failure ??= error;
    news.wakeAll();
  };
  subscription.on('error', fail);
  subscription.on('end', () => fail(new LogUnavailable('EventStoreDB ended the subscription')));
  subscription.on('readable', () => news.announce());

  try {
    let last = after;
    let silenceMs = FIRST_SILENCE_MS;
    while (!signal.aborted) {
      const page = nextPage(subscription, warn);
      if (page.last !== null) {
        aliveAt = performance.now();
        silenceMs = FIRST_SILENCE_MS;
        last = page.last;
        if (page.events.length > 0) yield page.events;
        continue;
      }
      if (failure !== null) throw failure;
      await news.wait(silenceMs, signal);
      if (subscription.readableLength > 0 || failure !== null || signal.aborted) continue;
      if ((await head()) <= last) {
        aliveAt = performance.now();
        silenceMs = LEVEL_EVERY_MS;
        if (subscription.readableLength === 0) yield [];
      } else if (performance.now() - aliveAt > STALLED_AFTER_MS) {
        throw new LogUnavailable(`EventStoreDB's subscription gave nothing for ${STALLED_AFTER_MS} ms`);
      } else {
        silenceMs = Math.min(silenceMs * 2, LEVEL_EVERY_MS);
      }
    }
  } finally {
    end(subscription);
    subscription.destroy();
  }
}

interface Page {
  readonly events: readonly RecordedEvent[];
  /** The position of the last thing that was read for it; null where nothing has arrived. */
  readonly last: bigint | null;
}

/** What has arrived, up to a page. That a stream was deleted by other hands is said; its view stays as it is. */
function nextPage(subscription: AllStreamSubscription, warn: (message: string) => void): Page {
  const events: RecordedEvent[] = [];
  let last: bigint | null = null;
  let characters = 0;
  while (events.length < PAGE_EVENTS && characters < PAGE_CHARACTERS) {
    const resolved = subscription.read() as AllStreamResolvedEvent | null;
    if (resolved === null) break;
    last = positionOf(resolved);
    const { event } = resolved;
    if (event === undefined) continue;
    if (isOurs(resolved)) {
      const recorded = fromStored(event);
      events.push(recorded);
      characters += recorded.data.length;
    } else {
      warn(`Stream ${event.streamId} was deleted in EventStoreDB (${event.type}): its view stays as it is.`);
    }
  }
  return { events, last };
}
