import type { Image, Params } from '../events/import-events.ts';
import { parseJson } from '../events/json.ts';
import { ReadModelUnavailable } from '../projections/errors.ts';
import type { ImportedImage } from '../projections/views/import-view.ts';
import type { ImportView } from '../projections/views.ts';
import type { Caller } from './in/authenticate.ts';
import { noSuchImage } from './out/problem.ts';
import type { Services } from './services.ts';
import { whole } from './whole-list.ts';

/** An image that has arrived. */
export interface ShownImage {
  readonly image: Image;
  /** The import that brought it. */
  readonly view: ImportView;
  /** What was asked for. */
  readonly params: Params;
}

/**
 * The image, if the caller may see it.
 * @throws {Problem} 404, the same for one of another organization and for one that does not exist; 503 if the views are behind
 */
export async function ownImage(
  services: Pick<Services, 'readModel' | 'lists' | 'follower'>,
  { organizationId, abilities }: Caller,
  id: string,
): Promise<ImportView> {
  const { readModel, lists } = services;
  const find = async () => {
    const list = () => readModel.list('import', { organizationId, having: { image_id: id }, limit: 1 });
    return (await lists.watch(list, ReadModelUnavailable)).items;
  };
  const found = await find();
  // Views that are behind may lack it.
  const [view] = (found.length > 0 ? found : await whole(services, find)).map((stored) => stored.view);
  if (view === undefined || !abilities.on(view.album_id)) throw noSuchImage();
  return view;
}

/** What the view of an import that has succeeded has of its image. */
export function imageIn(view: ImportView): Image {
  return (JSON.parse(view.image as string) as ImportedImage).image;
}

/** The image with all that is shown of it: reads the parameters, which may be large. */
export function shownImage(view: ImportView): ShownImage {
  return { image: imageIn(view), view, params: parseJson(view.params) as Params };
}

/** What the image is called: as whoever asked for it said, or else as its source says. */
export function nameOf({ image, params }: Pick<ShownImage, 'image' | 'params'>): string | null {
  return typeof params.filename === 'string' && params.filename !== '' ? params.filename : image.filename;
}
