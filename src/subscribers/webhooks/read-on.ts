import { type Clock, PAUSES_MS, pause } from '../../time/clock.ts';
import type { Feed, Stretch } from '../feed/feed.ts';
import type { Place } from '../place.ts';
import type { Endpoint } from './endpoint.ts';

/** How long one reading waits for an event. */
const WAIT_MS = 20_000;

/**
 * The pause of an endpoint that is level, after events of which it wanted none: a busy log would wake a thousand such endpoints a hundred times a
 * second. It is longer than no time at all also where a reading got no further without waiting, as while the service stops.
 */
const NOTHING_MS = 50;

export interface ReadOnParts {
  readonly feed: Pick<Feed, 'read'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly endpoint: () => Endpoint;
  /** Up to where it was read. */
  readonly scanned: () => Place;
  readonly whenThereIsRoom: () => Promise<void>;
  /** Gives whether the endpoint wanted something. */
  readonly take: (stretch: Stretch) => Promise<boolean>;
  readonly onTrouble: (error: unknown) => void;
}

/** Reads the log for an endpoint, until the signal aborts. What there is no room for stays in the log. */
export async function readOn(parts: ReadOnParts): Promise<void> {
  const { feed, clock, signal, endpoint, scanned, whenThereIsRoom, take, onTrouble } = parts;
  let tries = 0;
  while (!signal.aborted) {
    try {
      await whenThereIsRoom();
      if (signal.aborted) return;
      const { scope, id } = endpoint();
      const from = scanned();
      const stretch = await feed.read(from, { scope, reader: id, waitMs: WAIT_MS, signal });
      if (signal.aborted) return;
      tries = 0;
      const isFurther = stretch.to.position !== from.position;
      const isWanted = isFurther && (await take(stretch));
      if (!isFurther || (!isWanted && stretch.isLevel)) await pause(clock, NOTHING_MS, signal);
    } catch (error) {
      tries += 1;
      onTrouble(error);
      await pause(clock, PAUSES_MS(tries), signal);
    }
  }
}
