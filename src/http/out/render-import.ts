import type { ImportView } from '../../projections/views.ts';
import type { InZone } from './zone-clock.ts';

/** The one rendering of an import: eight keys in the document's order, as compact JSON text. */
export function renderImport(view: ImportView, inZone: InZone): string {
  const createdAt = inZone(view.created_at);
  const updatedAt = view.updated_at === view.created_at ? createdAt : inZone(view.updated_at);
  return (
    `{"id":"${view.id}","organization_id":"${view.organization_id}","image_id":${JSON.stringify(view.image_id)},` +
    `"import_type":${JSON.stringify(view.import_type)},"album_id":${JSON.stringify(view.album_id)},` +
    `"params":${view.params},"created_at":"${createdAt}","updated_at":"${updatedAt}"}`
  );
}
