import { streamName } from '../events/streams.ts';
import { UnreadableView } from '../projections/errors.ts';
import { viewNamed } from '../projections/fold.ts';
import { foldStream } from '../projections/fold-stream.ts';
import type { Stored } from '../projections/queries.ts';
import type { StoresForReading } from '../projections/stores.ts';

/**
 * A webhook as it is now: its view, and what that lacks from the log. Null: there is none. Only the events after the view are read, since
 * the stream gets a watermark once a minute, for years.
 * @throws {LogUnavailable | ReadModelUnavailable}
 */
export async function presentWebhook(
  { log, readModel }: StoresForReading,
  id: string,
): Promise<Stored<'webhook'> | null> {
  const before = await readModel.get('webhook', id).catch((error) => {
    if (error instanceof UnreadableView) return null;
    throw error;
  });
  const later = await log.readStream(streamName('webhook', id), (before?.revision ?? -1) + 1);
  return (foldStream(viewNamed('webhook', id), later, before).at(-1)?.stored ?? before) as Stored<'webhook'> | null;
}
