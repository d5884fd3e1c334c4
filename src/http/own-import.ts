import { fold } from '../projections/fold-stream.ts';
import type { Stored } from '../projections/queries.ts';
import type { Caller } from './in/authenticate.ts';
import { noSuchImport } from './out/problem.ts';
import { ownEvents } from './own-events.ts';
import type { Services } from './services.ts';

/**
 * The import, if the caller may see it.
 * @throws {Problem} 404, the same for one of another organization and for one that does not exist, after the same steps
 */
export async function ownImport(
  { readModel, log }: Pick<Services, 'readModel' | 'log'>,
  { organizationId, abilities }: Caller,
  id: string,
): Promise<Stored<'import'>> {
  // A missing view may only be late. The log has the answer.
  const stored =
    (await readModel.get('import', id, organizationId)) ??
    fold('import', id, await ownEvents({ log, readModel }, 'import', organizationId, id));
  if (stored === null || stored.view.organization_id !== organizationId || !abilities.on(stored.view.album_id)) {
    throw noSuchImport();
  }
  return stored;
}
