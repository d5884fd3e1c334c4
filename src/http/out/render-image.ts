import { isObject } from '../../events/json.ts';
import { nameOf, type ShownImage } from '../own-image.ts';
import { withoutExtension } from './image-name.ts';
import type { InZone } from './zone-clock.ts';

function originalPath(imageId: string): string {
  return `/api/v1/images/${imageId}/original`;
}

/**
 * The one rendering of an image: those keys of the original that have a meaning here, in its order, as compact JSON text.
 * @param origin the service's origin (see `OwnOrigin`)
 */
export function renderImage(shown: ShownImage, origin: string, inZone: InZone): string {
  const { image, view, params } = shown;
  const { id, md5, bytes, format, width, height } = image;
  const arrivedAt = inZone(view.updated_at);
  const name = nameOf(shown);
  return JSON.stringify({
    id,
    infos: {
      bytes,
      created_at: arrivedAt,
      etag: md5,
      format,
      height,
      width,
      resource_type: 'image',
      original_filename: image.filename,
    },
    created_at: arrivedAt,
    updated_at: arrivedAt,
    width,
    height,
    metadatas: metadatasOf(params.metadatas),
    original_url: `${origin}${originalPath(id)}`,
    original_width: width,
    original_height: height,
    filename: name === null ? null : withoutExtension(name),
    format,
    processed: true,
    processing_error: null,
    album_id: view.album_id,
  });
}

/** An object, which typed clients can always read. */
function metadatasOf(sent: unknown): object {
  if (sent === undefined || sent === null) return {};
  return isObject(sent) ? sent : { _json: sent };
}
