import pLimit from 'p-limit';
import { LogDamaged, StreamDeleted } from '../../events/errors.ts';
import { viewsOfStream } from '../../projections/fold.ts';
import type { QuarantinedEvent } from '../../projections/projector-store.ts';
import { quarantinePages } from '../../projections/quarantine.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import { viewsOf } from '../../projections/views-of.ts';
import { checkpointOf } from './checkpoint.ts';
import { compareFromLog } from './compare.ts';
import type { Finding } from './finding.ts';

/** So many streams are read from the log at once. */
export const READS_AT_ONCE = 8;

/**
 * Compares these streams in both stores as they are now.
 * @param quarantined the first event of each stream that is in the quarantine
 * @throws {OtherLog | LogUnavailable | ReadModelUnavailable}
 */
export async function examine(
  stores: StoresForReading,
  streams: readonly string[],
  quarantined: ReadonlyMap<string, QuarantinedEvent> = new Map(),
): Promise<Finding[]> {
  // In this order: the views have everything up to the checkpoint, and the log has everything in the views.
  const checkpoint = await checkpointOf(stores);
  const viewsByStream = new Map(streams.map((stream) => [stream, viewsOfStream(stream)]));
  const stored = await viewsOf(stores.readModel, [...viewsByStream.values()].flat());
  const findings = await pLimit(READS_AT_ONCE).map(streams, async (stream) => {
    const known = {
      stream,
      views: (viewsByStream.get(stream) ?? []).map((view) => ({ ...view, stored: stored.get(view) ?? null })),
      quarantined: quarantined.get(stream) ?? null,
      checkpoint,
      mayLackRevisions: !stores.log.hasDensePositions,
    };
    try {
      return await compareFromLog(known, stores.log);
    } catch (error) {
      // It was said when it was deleted. Whoever did it meant it, and nothing could end the finding.
      if (error instanceof StreamDeleted) return [];
      return [damage(stream, error)];
    }
  });
  return findings.flat();
}

/** Damage of the log as a finding. @throws the error if it is another one */
export function damage(stream: string | null, error: unknown): Finding {
  if (!(error instanceof LogDamaged)) throw error;
  return { stream, what: 'damaged', reason: error.message };
}

/** The first event of each of these streams that is in the quarantine. */
export async function firstQuarantined(
  { readModel }: StoresForReading,
  streams: ReadonlySet<string>,
): Promise<Map<string, QuarantinedEvent>> {
  const first = new Map<string, QuarantinedEvent>();
  for await (const page of quarantinePages(readModel)) {
    for (const event of page) {
      const known = first.get(event.stream);
      if (streams.has(event.stream) && event.revision < (known?.revision ?? Number.POSITIVE_INFINITY)) {
        first.set(event.stream, event);
      }
    }
  }
  return first;
}
