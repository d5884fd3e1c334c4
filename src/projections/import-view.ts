import type { DomainEvent } from '../events/event-types.ts';
import type { ImportView } from './views.ts';

/** What an event of an `import-<uuid>` stream makes of the import's view; null is "no such import yet". */
export function importView(view: ImportView | null, event: DomainEvent, id: string): ImportView {
  if (event.type !== 'ImportRequested' || view !== null) throw new Error(`${event.type} does not belong here`);
  const { organization_id, import_type, album_id, params } = event.data;
  const { occurred_at } = event.metadata;
  return {
    id,
    organization_id,
    image_id: null,
    import_type,
    album_id,
    params: JSON.stringify(params),
    created_at: occurred_at,
    updated_at: occurred_at,
  };
}
