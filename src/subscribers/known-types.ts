import { fullType, type Naming } from './cloud-event.ts';
import { ALL_PUBLIC_EVENTS } from './public-events.ts';

/** The names of the public events, by their full types. */
export function namesByType(naming: Naming): ReadonlyMap<string, string> {
  return new Map(ALL_PUBLIC_EVENTS.map(({ name }) => [fullType(naming, name), name]));
}
