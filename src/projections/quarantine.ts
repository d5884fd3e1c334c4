import type { EventLog } from '../events/event-log.ts';
import { decodeOrQuarantine } from './decode-or-quarantine.ts';
import { viewsOfStream } from './fold.ts';
import { project } from './project.ts';
import type { ProjectorStore, QuarantinedEvent } from './projector-store.ts';
import type { ReadModelReader } from './read-model.ts';
import { viewsOf } from './views-of.ts';

/** So many events are retried together. */
const TOGETHER = 1_000;

/** The result of a retry. */
export interface Retried {
  readonly released: number;
  /** Events that still cannot be projected, with their present reasons. */
  readonly waiting: readonly QuarantinedEvent[];
}

/** The events of the quarantine, oldest first, page by page. A page may be released before the next is read. */
export async function* quarantinePages(readModel: ReadModelReader): AsyncGenerator<readonly QuarantinedEvent[]> {
  let last: QuarantinedEvent | undefined;
  do {
    const page = await readModel.quarantined(TOGETHER, last);
    if (page.length > 0) yield page;
    last = page[TOGETHER - 1];
  } while (last !== undefined);
}

/** How many events are in the quarantine, those that wait for others too. @throws {ReadModelUnavailable} */
export async function countQuarantined(readModel: ReadModelReader): Promise<number> {
  let count = 0;
  for await (const page of quarantinePages(readModel)) count += page.length;
  return count;
}

/** The revision that every view of a stream has reached; -1 if one is missing. */
async function reachedBy(readModel: ProjectorStore, stream: string): Promise<number> {
  const wanted = viewsOfStream(stream);
  const found = await viewsOf(readModel, wanted);
  const revisions = wanted.map((view) => {
    const stored = found.get(view);
    return stored !== undefined && 'revision' in stored ? stored.revision : -1;
  });
  return Math.min(...revisions);
}

/**
 * Retries events of the quarantine, each stream from the revision of its view: this release may be able to project what an older one could
 * not. Projected events are released; others stay, with their present reasons.
 * @param events the oldest of the quarantine unless given: a follower does this before it begins, and many events would delay it
 */
export async function retryQuarantined(
  log: EventLog,
  readModel: ProjectorStore,
  events?: readonly QuarantinedEvent[],
): Promise<Retried> {
  const retried = events ?? (await readModel.quarantined(TOGETHER));
  const waiting: QuarantinedEvent[] = [];
  for (const stream of new Set(retried.map((event) => event.stream))) {
    // A webhook's stream grows by a watermark a minute, for years.
    const behind = await log.readStream(stream, (await reachedBy(readModel, stream)) + 1);
    const events = behind.map(decodeOrQuarantine);
    const { quarantined } = await project(readModel, events, undefined, log);
    const reached = await reachedBy(readModel, stream);
    const ofStream = retried.filter((event) => event.stream === stream);
    await readModel.write({
      writes: [],
      // Not the others: an operator has dismissed them, or they are in it already.
      quarantined: quarantined.filter(({ revision }) => ofStream.some((event) => event.revision === revision)),
      released: ofStream.filter(({ revision }) => revision <= reached),
    });
    const reasons = new Map(quarantined.map(({ revision, reason }) => [revision, reason]));
    for (const event of ofStream) {
      const { revision, reason } = event;
      if (revision > reached) waiting.push({ ...event, reason: reasons.get(revision) ?? reason });
    }
  }
  return { released: retried.length - waiting.length, waiting };
}
