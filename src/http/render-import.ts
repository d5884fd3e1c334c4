import type { ImportView } from '../projections/views.ts';

/** The one rendering of an import: eight keys in the document's order, as compact JSON text. */
export function renderImport(view: ImportView, inZone: (isoUtc: string) => string): string {
  const createdAt = inZone(view.created_at);
  const updatedAt = view.updated_at === view.created_at ? createdAt : inZone(view.updated_at);
  const text =
    `{"id":"${view.id}","organization_id":"${view.organization_id}","image_id":${JSON.stringify(view.image_id)},` +
    `"import_type":${JSON.stringify(view.import_type)},"album_id":${JSON.stringify(view.album_id)},` +
    `"params":${view.params},"created_at":"${createdAt}","updated_at":"${updatedAt}"}`;
  return escapeForHtml(text);
}

const ESCAPED = /[<>&\u2028\u2029]/;

/** What Rails escapes in JSON. In compact JSON these characters stand within strings only. */
export function escapeForHtml(json: string): string {
  if (!ESCAPED.test(json)) return json;
  return json
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
