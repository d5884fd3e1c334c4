import { declareView, json, text, textOrNull, type ViewOf } from './declare-view.ts';

/** An import, as callers see it. Times are UTC, ISO 8601 with milliseconds: they sort as text. */
export const importView = declareView({
  version: 7,
  name: 'imports',
  category: 'import',
  fields: {
    id: text,
    organization_id: text,
    image_id: textOrNull,
    import_type: textOrNull,
    album_id: textOrNull,
    params: json,
    created_at: text,
    updated_at: text,
  },
  list: {
    filters: ['album_id', 'import_type'],
    indexes: {
      by_time: [],
      by_album: ['album_id'],
      by_type: ['import_type'],
      by_album_and_type: ['album_id', 'import_type'],
    },
    sizedBy: 'params',
  },
  evolve(view, event, id) {
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
  },
});

export type ImportView = ViewOf<typeof importView.fields>;
