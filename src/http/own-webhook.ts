import { fold } from '../projections/fold-stream.ts';
import type { Stored } from '../projections/queries.ts';
import type { WebhookView } from '../projections/views.ts';
import type { Caller } from './in/authenticate.ts';
import { albumNotAllowed, noSuchWebhook, unavailable } from './out/problem.ts';
import { ownEvents } from './own-events.ts';
import type { RequestState } from './request.ts';
import type { Services } from './services.ts';

/** A webhook without a view is new. If its stream is longer, its view is late, and a request would read for long. */
const EVENTS_OF_A_NEW_ONE = 200;

/** A request, and who sent it. */
export interface AskedByCaller {
  readonly state: RequestState;
  readonly caller: Caller;
}

/**
 * The webhook, if the caller may see it.
 * @param albumId the album that the request names
 * @throws {Problem} 403 if the token is for other albums; 404, the same for one of another organization and for one that does not exist
 */
export async function ownWebhook(
  services: Pick<Services, 'readModel' | 'log'>,
  { state, caller }: AskedByCaller,
  id: string,
  albumId: string | undefined,
): Promise<Stored<'webhook'>> {
  assertAlbum(caller, albumId);
  const stored = await find(services, caller, id);
  await state.share.resume();
  if (stored === null || !maySee(caller, stored.view, albumId)) throw noSuchWebhook();
  return stored;
}

/**
 * A token for single albums must name one of them.
 * @throws {Problem} 403
 */
export function assertAlbum({ abilities }: Caller, albumId: string | null | undefined): void {
  if (!abilities.all && !abilities.on(albumId ?? null)) throw albumNotAllowed(albumId ?? undefined);
}

/** An endpoint that sees everything is for operators alone: whoever changes its address gets the events of every organization. */
function maySee({ organizationId, isOperator }: Caller, view: WebhookView, albumId: string | undefined): boolean {
  if (view.is_deleted === 'yes' || (albumId !== undefined && albumId !== view.album_id)) return false;
  return isOperator || (view.organization_id === organizationId && view.sees === 'organization');
}

async function find(
  { readModel, log }: Pick<Services, 'readModel' | 'log'>,
  { isOperator, organizationId }: Caller,
  id: string,
): Promise<Stored<'webhook'> | null> {
  const stored = await readModel.get('webhook', id, isOperator ? undefined : organizationId);
  if (stored !== null) return stored;
  // A missing view may only be late. The log has the answer.
  const events = isOperator
    ? await log.readStream(`webhook-${id}`, 0, EVENTS_OF_A_NEW_ONE)
    : await ownEvents({ log, readModel }, 'webhook', organizationId, id, EVENTS_OF_A_NEW_ONE);
  if (events.length === EVENTS_OF_A_NEW_ONE) {
    throw unavailable('views-behind', 'The webhook is being read from the event log. Try again.');
  }
  return fold('webhook', id, events);
}
