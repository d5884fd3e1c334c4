import { streamName } from '../events/streams.ts';
import { viewNamed } from '../projections/fold.ts';
import { foldStream } from '../projections/fold-stream.ts';
import type { Stored } from '../projections/queries.ts';
import type { Caller } from './in/authenticate.ts';
import { ownImport } from './own-import.ts';
import type { Services } from './services.ts';

/**
 * The import with all that the log has of it, even if its view is late: for those that wait for its next event.
 * @throws {Problem} 404 as `ownImport`
 * @throws {LogUnavailable | ReadModelUnavailable}
 */
export async function presentImport(
  services: Pick<Services, 'readModel' | 'log'>,
  caller: Caller,
  id: string,
): Promise<Stored<'import'>> {
  const before = await ownImport(services, caller, id);
  const later = await services.log.readStream(streamName('import', id), before.revision + 1);
  return (foldStream(viewNamed('import', id), later, before).at(-1)?.stored ?? before) as Stored<'import'>;
}
