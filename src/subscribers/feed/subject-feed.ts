import type { EventLog } from '../../events/event-log.ts';
import { streamName } from '../../events/streams.ts';
import { type Naming, organizationOf, published } from '../cloud-event.ts';
import { type Place, placeAfter } from '../place.ts';
import type { Feed, Reading, Stretch } from './feed.ts';

/** The most events of one stretch. An import has some dozens. */
const STRETCH_EVENTS = 500;

/** The categories of the streams that have public events. */
const CATEGORIES = ['import', 'webhook'] as const;

/**
 * The feed of one import or webhook. What is past is read from its own stream, not from the whole log; what comes after that, from the
 * shared feed.
 */
export function subjectFeed(feed: Feed, log: EventLog, naming: Naming, subject: string): Feed {
  return {
    end: () => feed.end(),
    watch: (listener) => feed.watch(listener),
    async read(after, reading) {
      // First, so that no event can come between the end and the reading of the stream.
      const end = await feed.end();
      if (after.position >= end.position) return feed.read(after, reading);
      return past(after, end, reading);
    },
  };

  async function past(after: Place, end: Place, { scope }: Reading): Promise<Stretch> {
    const streams = await Promise.all(CATEGORIES.map((category) => log.readStream(streamName(category, subject))));
    const later = streams.flat().filter(({ position }) => position > after.position && position <= end.position);
    const stretch = later.slice(0, STRETCH_EVENTS);
    const events = stretch
      .filter((event) => scope === null || organizationOf(event) === scope)
      .map((event) => published(event, naming))
      .filter((event) => event !== null);
    const last = stretch.at(-1);
    const isWhole = last === undefined || stretch.length === later.length;
    return { events, to: isWhole ? end : placeAfter(log, last), isLevel: false };
  }
}
