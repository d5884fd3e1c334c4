import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailable, NoLog } from '../../events/errors.ts';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { streamName } from '../../events/streams.ts';
import { pagesOfStream } from '../../history/log-pages.ts';
import { endOf, isIn, type Place, placeAfter } from '../../subscribers/place.ts';
import { doubling } from '../../time/retry.ts';

const PAUSES_MS = doubling(100, 2_000);

/** The categories of the streams that have public events. */
const CATEGORIES = ['import', 'webhook'] as const;

/** A part of the log that was looked at. */
export interface Looked {
  readonly log: EventLog;
  /** In order; empty if there was nothing new. */
  readonly events: readonly RecordedEvent[];
  /** Where to go on. */
  readonly to: Place;
}

export interface LastingParts {
  readonly open: () => Promise<EventLog>;
  /** Where to begin. It is asked once. */
  readonly begin: (log: EventLog) => Promise<Place>;
  /** What has this subject is read from its own streams as far as it is past; null: everything is of interest. */
  readonly subject: string | null;
  readonly signal: AbortSignal;
  /** Is called once each time that the log goes away, and when it is back. */
  readonly onAway: (reason: LogUnavailable) => void;
  readonly onBack: () => void;
}

/** The log does not have the event of a place any more. */
export class PlaceGone extends Error {
  readonly code = 'place_gone';
}

/**
 * What comes after a place, until the signal aborts; at least every second, an empty part. If the log goes away, or its file is replaced, it
 * is opened again.
 * @throws {PlaceGone} the log has another past
 * @throws {NoLog} there was no log to begin with
 */
export async function* lasting(parts: LastingParts): AsyncGenerator<Looked, void, void> {
  const { open, begin, signal, onAway, onBack } = parts;
  let place: Place | null = null;
  let failures = 0;
  while (!signal.aborted) {
    let log: EventLog | null = null;
    try {
      log = await open();
      place ??= await begin(log);
      for await (const looked of partsAfter(place, log, parts)) {
        if (failures > 0) onBack();
        failures = 0;
        place = looked.to;
        yield looked;
      }
    } catch (error) {
      if (!(error instanceof LogUnavailable) || (error instanceof NoLog && place === null)) throw error;
      failures += 1;
      if (failures === 1) onAway(error);
      await sleep(PAUSES_MS(failures), undefined, { signal }).catch(() => {});
    } finally {
      await log?.close();
    }
  }
}

async function* partsAfter(after: Place, log: EventLog, { subject, signal }: LastingParts): AsyncGenerator<Looked> {
  let place = after;
  await assertIn(log, place);
  if (subject !== null) {
    const end = await endOf(log);
    for (const category of CATEGORIES) {
      for await (const page of pagesOfStream(log, streamName(category, subject), signal)) {
        const events = page.filter(({ position }) => position > after.position && position <= end.position);
        const last = events.at(-1);
        if (last !== undefined) yield { log, events, to: placeAfter(log, last) };
      }
    }
    if (end.position > place.position) place = end;
  }
  for await (const events of log.follow(place.position, signal)) {
    // A log that was replaced where it lies may have other events after this place.
    await assertIn(log, place);
    const last = events.at(-1);
    if (last !== undefined) place = placeAfter(log, last);
    yield { log, events, to: place };
  }
}

async function assertIn(log: EventLog, place: Place): Promise<void> {
  if (await isIn(log, place)) return;
  throw new PlaceGone('The log does not have the event of the cursor at its place.');
}
