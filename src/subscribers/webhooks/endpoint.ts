import { v5 as uuidv5 } from 'uuid';
import type { Watermark } from '../../commands/webhook.ts';
import type { WebhookRecovery, WebhookView } from '../../projections/views.ts';
import type { Scope } from '../cursor.ts';
import type { Selection } from '../feed/selection.ts';
import type { Progress } from './delivery-store.ts';
import { placeOfMark } from './mark.ts';

/** An endpoint, as its view says. */
export interface Endpoint {
  readonly id: string;
  readonly view: WebhookView;
  readonly scope: Scope;
  readonly selection: Selection;
  readonly isThin: boolean;
  readonly isOrdered: boolean;
  readonly watermark: Watermark;
  /** The newest request to send from some place on; null: there was none since it was registered. */
  readonly recovery: WebhookRecovery | null;
}

/** The endpoint that a webhook's view describes. */
export function endpointOf(view: WebhookView): Endpoint {
  const types = JSON.parse(view.types) as string[];
  return {
    id: view.id,
    view,
    scope: view.sees === 'everything' ? null : view.organization_id,
    selection: { names: types.includes('*') ? null : new Set(types), subject: null, albumId: view.album_id },
    isThin: view.thin === 'yes',
    isOrdered: view.ordered === 'yes',
    watermark: JSON.parse(view.watermark),
    recovery: view.recovery === null ? null : JSON.parse(view.recovery),
  };
}

/** The id of a delivery: the same on every node, and after a recovery. */
export function deliveryId(endpointId: string, eventId: string): string {
  return uuidv5(eventId, endpointId);
}

/** Where sending begins when a node begins to serve an endpoint. */
export interface Beginning {
  readonly progress: Progress;
  /** Whether the store has other progress. */
  readonly isChanged: boolean;
  /** What waited before has ended. */
  readonly endsWaiting: boolean;
}

/**
 * Where sending begins, from what the store knows (null: nothing) and what the endpoint's events say: where it stopped; at the watermark if
 * that is lost; or at the place that somebody asked for since.
 */
export function beginningOf({ watermark, recovery }: Endpoint, stored: Progress | null): Beginning {
  const obeyed = recovery?.id ?? null;
  const anew = { failures: 0, failingSince: null, lastTriedAt: null, recovery: obeyed };
  if (stored === null) {
    return { progress: { ...anew, scanned: placeOfMark(watermark) }, isChanged: true, endsWaiting: false };
  }
  if (recovery === null || stored.recovery === obeyed) {
    return { progress: stored, isChanged: false, endsWaiting: false };
  }
  const after = placeOfMark(recovery.after);
  if (recovery.ends_waiting) return { progress: { ...anew, scanned: after }, isChanged: true, endsWaiting: true };
  // What lies after both places is still to come anyway.
  const scanned = after.log === stored.scanned.log && after.position > stored.scanned.position ? stored.scanned : after;
  return { progress: { ...stored, scanned, recovery: obeyed }, isChanged: true, endsWaiting: false };
}
