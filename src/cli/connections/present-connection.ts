import type { EventLog } from '../../events/event-log.ts';
import { viewFromLog } from '../../projections/view-from-log.ts';
import type { ConnectionView } from '../../projections/views.ts';
import { NotFound } from '../outcomes.ts';

/** An organization's connection as it is now. @throws {NotFound} */
export async function presentConnection(log: EventLog, organizationId: string): Promise<ConnectionView> {
  const view = (await viewFromLog(log, 'connection', organizationId))?.view;
  if (view?.status === 'connected') return view;
  throw new NotFound(`Organization ${organizationId} has no connection. \`imports connections list\` has all.`);
}
