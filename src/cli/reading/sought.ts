import { closest, distance } from 'fastest-levenshtein';
import { detailsOf } from '../../events/event-details.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import { eventSchemas } from '../../events/event-types.ts';
import { printable } from '../printable.ts';

/** The values that a search asks for. */
export interface SoughtValues {
  readonly stream?: string;
  readonly type?: string;
  readonly organization?: string;
}

/** A name with more faults than that was not meant. */
const MOST_FAULTS = 4;

/** Notices which of the values that a search asks for no event has: then it is no search without a result, but a slip. */
export class Sought {
  readonly #values: SoughtValues;
  /** Types that events have, besides those that this release knows. */
  readonly #types = new Set(Object.keys(eventSchemas));
  #hasStream = false;
  #hasOrganization = false;

  constructor(values: SoughtValues) {
    this.#values = values;
  }

  /** Takes events that were read, whether they match the search or not. */
  note(events: readonly RecordedEvent[]): void {
    const { stream, organization } = this.#values;
    for (const event of events) {
      this.#types.add(event.type);
      this.#hasStream ||= event.stream === stream;
      // To parse each event's metadata takes time.
      if (organization !== undefined && !this.#hasOrganization) {
        this.#hasOrganization = detailsOf(event).organizationId === organization;
      }
    }
  }

  /** What is wrong with the type, as far as it is known yet; null: nothing. */
  faultOfType(): string | null {
    const { type } = this.#values;
    if (type === undefined || this.#types.has(type)) return null;
    const nearest = closest(type, [...this.#types]);
    const isNear = distance(type.toLowerCase(), nearest.toLowerCase()) <= Math.min(MOST_FAULTS, type.length / 2);
    return `No event is of the type ${printable(type)}.${isNear ? ` Did you mean ${printable(nearest)}?` : ''}`;
  }

  /** The first of the values that none of the events has, in words; null: they have each of them. */
  fault(): string | null {
    const { stream, organization } = this.#values;
    const wrongType = this.faultOfType();
    if (stream !== undefined && !this.#hasStream) return `There is no event of the stream ${printable(stream)}.`;
    if (wrongType !== null) return wrongType;
    if (organization !== undefined && !this.#hasOrganization) return `No event is of organization ${organization}.`;
    return null;
  }
}
