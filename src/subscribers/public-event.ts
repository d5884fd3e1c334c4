import { z } from 'zod';
import type { DomainEvent, EventData, EventType } from '../events/event-types.ts';

/** A public event: what subscribers see of an internal one. It has a version of its own, which its schema names. */
export interface PublicEvent<T extends EventType = EventType> {
  /** Its type, without the prefix that is a setting. */
  readonly name: string;
  /** A change that a subscriber could notice, other than a new member of the data, gives the next version. */
  readonly version: number;
  readonly title: string;
  readonly description: string;
  /** The schema of its data, with an example. */
  readonly data: z.ZodType;
  /** Whether operators alone see the event, though it belongs to an organization; nobody else, unless set. */
  isForOperators?(data: EventData[T]): boolean;
  /** Its data. No internal metadata and no credential may be in it. */
  dataOf(event: DomainEvent<T>, id: string): { readonly album_id: string | null; readonly [name: string]: unknown };
}

/** What several public events have. */

export const organizationId = z.uuid().meta({ description: 'The organization that it belongs to.' });

/** The schema of a field of a public event. @param description for `/asyncapi.json` and docs/events.md */
export function textOrNull(description: string) {
  return z.string().nullable().meta({ description });
}

export const EXAMPLE_ORGANIZATION = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
