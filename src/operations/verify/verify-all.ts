import pLimit from 'p-limit';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import type { Damage } from '../../history/log-pages.ts';
import { allOf, idOf } from '../../projections/all-of.ts';
import { viewNamed } from '../../projections/fold.ts';
import type { ReadModelReader } from '../../projections/read-model.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import { VIEW_KINDS } from '../../projections/views.ts';
import { damage, READS_AT_ONCE } from './examine.ts';
import type { Finding } from './finding.ts';
import { positionsIn, StreamScan } from './scan-page.ts';
import { Suspects } from './suspects.ts';

/** So many views are looked up in the log together. */
const TOGETHER = 500;

export interface VerifyAllOptions {
  /** Where what is damaged is put before the pages after it. */
  readonly damages?: Damage[];
  /** Is awaited between some views and the next. Of pages, whoever gives them sets the pace. */
  readonly rest?: () => Promise<void>;
}

/**
 * Compares the whole log with the whole read model: first each stream of the log, then each view whose stream the log does not have.
 * Its memory does not grow with either.
 * @param pages the log from its beginning up to position `end`
 * @throws {OtherLog | LogUnavailable | ReadModelUnavailable}
 */
export async function* verifyAll(
  stores: StoresForReading,
  pages: AsyncIterable<readonly RecordedEvent[]>,
  end: bigint,
  signal: AbortSignal,
  { damages = [], rest = async () => {} }: VerifyAllOptions = {},
): AsyncGenerator<Finding> {
  const suspects = new Suspects(stores);
  const scan = new StreamScan(stores, end);
  let last = 0n;
  try {
    for await (const page of pages) {
      for (const one of damages.splice(0)) {
        yield unreadable(one);
        last = one.until;
      }
      yield* positionsIn(page, last, stores.log.hasDensePositions);
      last = page.at(-1)?.position ?? last;
      for (const stream of await scan.suspectsIn(page)) suspects.add(stream);
      if (suspects.areMany) yield* await suspects.confirm();
    }
    yield* damages.splice(0).map(unreadable);
  } catch (error) {
    yield damage(null, error);
  }
  if (signal.aborted) return;
  for (const stream of await scan.suspectsLeft()) suspects.add(stream);
  for await (const streams of streamsOfViews(stores.readModel)) {
    if (signal.aborted) return;
    for (const stream of await absentFrom(stores.log, streams)) suspects.add(stream);
    if (suspects.areMany) yield* await suspects.confirm();
    await rest();
  }
  if (!signal.aborted) yield* await suspects.confirm();
}

function unreadable({ from, until, error }: Damage): Finding {
  const where = from === until ? `position ${from}` : `positions ${from} to ${until}`;
  return { stream: null, what: 'damaged', reason: `${where} cannot be read: ${error.message}` };
}

/** The streams from which the views were folded, some hundreds at a time. */
async function* streamsOfViews(readModel: ReadModelReader): AsyncGenerator<string[]> {
  let streams: string[] = [];
  for (const kind of VIEW_KINDS) {
    for await (const view of allOf(readModel, kind)) {
      streams.push(viewNamed(kind, idOf(view)).stream);
      if (streams.length === TOGETHER) {
        yield streams;
        streams = [];
      }
    }
  }
  yield streams;
}

async function absentFrom(log: EventLog, streams: readonly string[]): Promise<string[]> {
  const absent = await pLimit(READS_AT_ONCE).map(streams, async (stream) => {
    // A stream that cannot be read does exist.
    const events = await log.readStream(stream, 0, 1).catch((error) => [damage(stream, error)]);
    return events.length === 0 ? [stream] : [];
  });
  return absent.flat();
}
