import pLimit from 'p-limit';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { idOf } from '../../projections/all-of.ts';
import { viewNamed } from '../../projections/fold.ts';
import type { ReadModelReader } from '../../projections/read-model.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import { VIEW_KINDS, type ViewKind, views } from '../../projections/views.ts';
import { READS_AT_ONCE } from './examine.ts';

/** Some streams to compare, and a description of them for people. */
export interface Sample {
  readonly streams: readonly string[];
  readonly description: string;
}

/** The kind that is listed has far more views than the others. */
const LISTED_SHARE = 8;

/** Several neighbouring views are taken at each place, so that a place is one read. */
const VIEWS_A_PLACE = 10;

/**
 * About `size` streams. In a log with dense positions: the streams of its newest events, which a crash or an outage leaves out, and as
 * many at random. In any other log a random position is not possible: then it is views at random.
 * @param random from 0 to below 1
 */
export function sampleOf({ log, readModel }: StoresForReading, size: number, random: () => number): Promise<Sample> {
  return log.hasDensePositions ? sampleOfLog(log, size, random) : sampleOfViews(readModel, size, random);
}

async function sampleOfLog(log: EventLog, size: number, random: () => number): Promise<Sample> {
  const head = Number(await log.head());
  if (head <= size) return { streams: streamsOf(await log.readAll(0n, size)), description: `of all ${head} events` };
  const newestCount = Math.ceil(size / 2);
  const older = head - newestCount;
  const newest = await log.readAll(BigInt(older), newestCount);
  const places = Array.from({ length: size - newestCount }, () => BigInt(Math.floor(random() * older)));
  const others = await pLimit(READS_AT_ONCE).map(places, (after) => log.readAll(after, 1));
  return {
    streams: streamsOf([...newest, ...others.flat()]),
    description: `of the ${newestCount} newest events and of ${places.length} others at random, of ${head} events`,
  };
}

async function sampleOfViews(readModel: ReadModelReader, size: number, random: () => number): Promise<Sample> {
  const streams = new Set<string>();
  const shares = VIEW_KINDS.map((kind) => ('list' in views[kind] && views[kind].list ? LISTED_SHARE : 1));
  const all = shares.reduce((sum, share) => sum + share, 0);
  for (const [index, kind] of VIEW_KINDS.entries()) {
    const count = Math.ceil((size * (shares[index] as number)) / all);
    for (const stream of await someOf(readModel, kind, count, random)) streams.add(stream);
  }
  const description = 'of views at random; which views are missing in this log, only --all can tell';
  return { streams: [...streams], description };
}

/** Streams of views of one kind: all of them if they are few. */
async function someOf(
  readModel: ReadModelReader,
  kind: ViewKind,
  count: number,
  random: () => number,
): Promise<Iterable<string>> {
  const idsAfter = async (after: string | null, limit: number) => (await readModel.page(kind, after, limit)).map(idOf);
  const first = await idsAfter(null, count);
  const ids = new Set(first.length < count ? first : []);
  for (let place = 0; first.length === count && place < count / VIEWS_A_PLACE; place += 1) {
    for (const id of await idsAfter(randomPlace(first[0] as string, random), VIEWS_A_PLACE)) ids.add(id);
  }
  return Array.from(ids, (id) => viewNamed(kind, id).stream);
}

/** A random place among ids. An id is 48 bits of time and then random, or all random (with an `Idempotency-Key`). */
function randomPlace(firstId: string, random: () => number): string {
  const firstTime = Number.parseInt(firstId.replace('-', '').slice(0, 12), 16) || 0;
  const isOfTime = random() < 0.5 && firstTime < Date.now();
  const time = isOfTime ? firstTime + random() * (Date.now() - firstTime) : random() * 2 ** 48;
  const digits = Math.floor(time).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

function streamsOf(events: readonly RecordedEvent[]): string[] {
  return [...new Set(events.map(({ stream }) => stream))];
}
