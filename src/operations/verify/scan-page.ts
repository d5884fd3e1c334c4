import pLimit from 'p-limit';
import { LogDamaged } from '../../events/errors.ts';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { viewsOfStream } from '../../projections/fold.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import { viewsOf } from '../../projections/views-of.ts';
import { BegunStreams, type Part } from './begun-streams.ts';
import { checkpointOf } from './checkpoint.ts';
import { type ComparedView, compare, compareFromLog } from './compare.ts';
import { READS_AT_ONCE } from './examine.ts';
import type { Finding } from './finding.ts';

/**
 * The scan of a log: which streams do not agree with the read model. A stream all of whose events are in a page, or in pages so near that
 * its beginning is still held, is folded; other streams are read.
 */
export class StreamScan {
  readonly #stores: StoresForReading;
  readonly #end: bigint;
  readonly #begun: BegunStreams;

  /** @param end the position at which the scan ends */
  constructor(stores: StoresForReading, end: bigint, begun = new BegunStreams()) {
    this.#stores = stores;
    this.#end = end;
    this.#begun = begun;
  }

  /** The suspects of the next page. A stream that goes on in a later page is compared there. @throws {OtherLog | LogUnavailable | ReadModelUnavailable} */
  async suspectsIn(page: readonly RecordedEvent[]): Promise<string[]> {
    const parts = Array.from(partsOf(page).values(), (part) => this.#begun.take(part));
    const suspects = await this.#suspectsAmong(parts, (part) => this.#begun.hold(part));
    const letGo = this.#begun.letGo();
    return letGo.length === 0 ? suspects : [...suspects, ...(await this.#suspectsAmong(letGo))];
  }

  /** The suspects among the streams that should have gone on, once there is no other page. @throws the same */
  suspectsLeft(): Promise<string[]> {
    return this.#suspectsAmong(this.#begun.takeAll());
  }

  /** @param hold whether to hold a stream that goes on, if its views tell the truth */
  async #suspectsAmong(parts: readonly Part[], hold: (part: Part) => boolean = () => false): Promise<string[]> {
    const { log, readModel } = this.#stores;
    const checkpoint = await checkpointOf(this.#stores);
    const viewsByStream = parts.map((part) => ({ part, views: viewsOfStream(part[0].stream) }));
    const stored = await viewsOf(
      readModel,
      viewsByStream.flatMap(({ views }) => views),
    );
    const suspects = await pLimit(READS_AT_ONCE).map(viewsByStream, async ({ part, views: ofStream }) => {
      const { stream } = part[0];
      const views = ofStream.map((view) => ({ ...view, stored: stored.get(view) ?? null }));
      const subject = { stream, views, quarantined: null, checkpoint, mayLackRevisions: !log.hasDensePositions };
      try {
        const reach = reachOf(part, views);
        if (reach === 'beyond' && hold(part)) return [];
        if (reach === 'whole' && compare({ ...subject, events: part }).length === 0) return [];
        // First, since the stream of a webhook is in thousands of pages, and for each it would be read from its beginning.
        if (await goesOn(log, part, this.#end)) return [];
        return (await compareFromLog(subject, log)).length === 0 ? [] : [stream];
      } catch (error) {
        if (error instanceof LogDamaged) return [stream];
        throw error;
      }
    });
    return suspects.flat();
  }
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

/** How far the views of a stream go: up to the end of its events in `part`, the first of which is its first; all of them beyond that; or else. */
function reachOf(part: Part, views: readonly ComparedView[]): 'whole' | 'beyond' | null {
  const last = (part.at(-1) ?? part[0]).revision;
  const revisions = views.map(({ stored }) => (stored !== null && 'revision' in stored ? stored.revision : -1));
  if (part[0].revision !== 0 || views.length === 0) return null;
  if (revisions.every((revision) => revision === last)) return 'whole';
  return revisions.every((revision) => revision > last) ? 'beyond' : null;
}

async function goesOn(log: EventLog, part: Part, end: bigint): Promise<boolean> {
  const last = part.at(-1) ?? part[0];
  const [next] = await log.readStream(last.stream, last.revision + 1, 1);
  return next !== undefined && next.position <= end;
}
