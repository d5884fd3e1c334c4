import type { EventLog } from '../../events/event-log.ts';
import { timeText } from '../../time/clock.ts';
import { type Naming, type Published, published } from '../cloud-event.ts';
import type { Cursors } from '../cursor.ts';
import { type Place, placeAfter } from '../place.ts';
import { bodyOf } from './body.ts';
import type { Attempt, Delivery } from './delivery-store.ts';
import type { Endpoint } from './endpoint.ts';
import type { Item } from './item.ts';
import type { DeliveryMemory } from './memory.ts';
import type { Message } from './sender.ts';

export interface BodiesParts {
  readonly log: EventLog;
  readonly cursors: Cursors;
  readonly naming: Naming;
  readonly memory: DeliveryMemory;
}

/** The bodies of an endpoint's deliveries. Events are kept while there is memory for them; others are read from the log again. */
export class Bodies {
  readonly #parts: BodiesParts;
  #watermark: { readonly place: Place; readonly text: string } | null = null;

  constructor(parts: BodiesParts) {
    this.#parts = parts;
  }

  /** Keeps the event of a delivery, if there is room. */
  keep(item: Item, event: Published): void {
    if (this.#parts.memory.tryTake(sizeOf(event))) item.published = event;
  }

  /** Gives the room back. The event is read from the log again if it is needed. */
  forget(item: Item): void {
    if (item.published !== null) this.#parts.memory.give(sizeOf(item.published));
    item.published = null;
  }

  /** Null: the event is not in the log any more, or this release cannot read it. @throws {LogUnavailable} */
  async of(item: Item, endpoint: Endpoint, watermark: Place): Promise<Message | null> {
    const { log, cursors, naming } = this.#parts;
    const event = item.published ?? (await eventOf(item.event, log, naming));
    if (event === null) return null;
    const cursor = cursors.textOf(placeAfter(log, event.event), endpoint.scope);
    if (this.#watermark?.place !== watermark) {
      this.#watermark = { place: watermark, text: cursors.freshTextOf(watermark, endpoint.scope) };
    }
    return messageOf(event, bodyOf(event, endpoint, cursor, this.#watermark.text));
  }
}

/** The event of a delivery, from the log; null: it is not there, or this release cannot read it. @throws {LogUnavailable} */
export async function eventOf(
  { id, stream, revision }: NonNullable<Delivery['event']>,
  log: EventLog,
  naming: Naming,
): Promise<Published | null> {
  const [event] = await log.readStream(stream, revision, 1);
  return event?.id === id ? published(event, naming) : null;
}

/** What is sent of an event. */
export function messageOf({ event, traceparent }: Published, body: string): Message {
  return { id: event.id, body, ...(traceparent !== undefined && { traceparent }) };
}

/** About how many bytes an event takes in memory: its texts, and its data once more as values. */
function sizeOf({ event }: Published): number {
  return 1_000 + event.metadata.length + 3 * event.data.length;
}

/** Instead of an attempt at a delivery whose event is gone. */
export function unreadable(nowMs: number): Attempt {
  const failure = 'The event is not in the log any more, or this release cannot read it.';
  return { at: timeText(nowMs), ms: 0, status: null, answer: null, failure };
}
