import type { Watermark } from '../../commands/webhook.ts';
import type { WebhookView } from '../../projections/views.ts';
import { fullType, type Naming } from '../../subscribers/cloud-event.ts';
import { placeOfMark } from '../../subscribers/webhooks/mark.ts';
import type { Services } from '../services.ts';

/** Stands for all types. */
export const ALL_TYPES = '*';

/**
 * The one rendering of a webhook, as compact JSON text.
 * @param held why it is held; null: it is not
 * @param secret only in an answer that shows it, this once
 */
export function renderWebhook(
  view: WebhookView,
  held: string | null,
  { signer, cursors, naming, inZone }: Services,
  secret?: string,
): string {
  const isHeld = held !== null && view.status === 'enabled';
  return JSON.stringify({
    id: view.id,
    organization_id: view.organization_id,
    url: view.url,
    types: (JSON.parse(view.types) as string[]).map((name) => shownType(naming, name)),
    album_id: view.album_id,
    thin: view.thin === 'yes',
    ordered: view.ordered === 'yes',
    v1a: view.v1a === 'yes',
    status: isHeld ? 'held' : view.status,
    reason: view.disabled_reason,
    detail: isHeld ? held : view.disabled_detail,
    public_keys: signer.publicKeys(view, Date.now()).map(({ key }) => key),
    watermark: cursors.textOf(placeOfMark(JSON.parse(view.watermark) as Watermark), scopeOf(view)),
    created_at: inZone(view.created_at),
    updated_at: inZone(view.updated_at),
    ...(secret !== undefined && { secret }),
  });
}

/** Whose events an endpoint gets: of one organization, or of all (null). */
export function scopeOf({ sees, organization_id }: WebhookView): string | null {
  return sees === 'everything' ? null : organization_id;
}

function shownType(naming: Naming, name: string): string {
  return name === ALL_TYPES ? name : fullType(naming, name);
}
