import pLimit from 'p-limit';
import { LogDamaged } from '../../events/errors.ts';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { viewsOfStream } from '../../projections/fold.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import { viewsOf } from '../../projections/views-of.ts';
import { checkpointOf } from './checkpoint.ts';
import { type ComparedView, compare, compareFromLog } from './compare.ts';
import { READS_AT_ONCE } from './examine.ts';
import type { Finding } from './finding.ts';

/** The events of one stream in a page. */
type Part = readonly [RecordedEvent, ...RecordedEvent[]];

/**
 * The streams of a page that do not agree with the read model. If the page has all events of a stream's view, they are folded; other
 * streams are read. A stream that continues in a later page is compared there.
 * @param end the position at which the scan ends
 */
export async function suspectsIn(
  page: readonly RecordedEvent[],
  end: bigint,
  stores: StoresForReading,
): Promise<string[]> {
  const parts = partsOf(page);
  const checkpoint = await checkpointOf(stores);
  const viewsByStream = Array.from(parts, ([stream, part]) => ({ part, views: viewsOfStream(stream) }));
  const stored = await viewsOf(
    stores.readModel,
    viewsByStream.flatMap(({ views }) => views),
  );
  const suspects = await pLimit(READS_AT_ONCE).map(viewsByStream, async ({ part, views: ofStream }) => {
    const { stream } = part[0];
    const views = ofStream.map((view) => ({ ...view, stored: stored.get(view) ?? null }));
    try {
      const subject = { stream, views, quarantined: null, checkpoint, mayLackRevisions: !stores.log.hasDensePositions };
      if (isWhole(part, views) && compare({ ...subject, events: part }).length === 0) return [];
      // First, since the stream of a webhook is in thousands of pages, and for each it would be read from its beginning.
      if (await goesOn(stores.log, part, end)) return [];
      return (await compareFromLog(subject, stores.log)).length === 0 ? [] : [stream];
    } catch (error) {
      if (error instanceof LogDamaged) return [stream];
      throw error;
    }
  });
  return suspects.flat();
}

/** Faults in the order of a page's positions. @param before the position of the event before the page */
export function positionsIn(page: readonly RecordedEvent[], before: bigint, areDense: boolean): Finding[] {
  return page.flatMap(({ stream, revision, position }, index) => {
    const last = page[index - 1]?.position ?? before;
    if (position === last + 1n || (!areDense && position > last)) return [];
    const reason = `position ${position} (revision ${revision} of ${stream}) comes after position ${last}`;
    return [{ stream: null, what: 'gap', reason }];
  });
}

function partsOf(page: readonly RecordedEvent[]): Map<string, Part> {
  const parts = new Map<string, Part & RecordedEvent[]>();
  for (const event of page) {
    const part = parts.get(event.stream);
    if (part === undefined) parts.set(event.stream, [event]);
    else part.push(event);
  }
  return parts;
}

function isWhole(part: Part, views: readonly ComparedView[]): boolean {
  const last = part.at(-1)?.revision;
  const isAtLast = ({ stored }: ComparedView) => stored !== null && 'revision' in stored && stored.revision === last;
  return part[0].revision === 0 && views.length > 0 && views.every(isAtLast);
}

async function goesOn(log: EventLog, part: Part, end: bigint): Promise<boolean> {
  const last = part.at(-1) ?? part[0];
  const [next] = await log.readStream(last.stream, last.revision + 1, 1);
  return next !== undefined && next.position <= end;
}
