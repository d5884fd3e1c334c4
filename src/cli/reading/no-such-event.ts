import { placeText } from '../../history/place-text.ts';
import type { Place } from '../../history/view-at.ts';
import { printable } from '../printable.ts';

/** What a search asked for, by the names of its options. */
export interface Asked {
  readonly [option: string]: unknown;
  readonly since?: Place;
  readonly until?: Place;
}

/** Says that no event was found, and which of them: a slip in an id or a time is seen there. */
export function noSuchEvent({ since, until, about, ...values }: Asked, nowMs = Date.now()): string {
  const { kind, id } = (about ?? {}) as { readonly kind?: string; readonly id?: string };
  const asked = [
    ...Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [`of ${name} ${value}`] : [])),
    ...(kind === undefined ? [] : [`about ${kind} ${id}`]),
    ...(since === undefined
      ? []
      : [`from ${placeText(since)} on${isToCome(since, nowMs) ? ', which is still to come' : ''}`]),
    ...(until === undefined ? [] : [`up to ${placeText(until)}`]),
  ];
  return `The log has no event ${printable(asked.join(', '))}.`;
}

function isToCome(place: Place, nowMs: number): boolean {
  return 'timeMs' in place && place.timeMs > nowMs;
}
