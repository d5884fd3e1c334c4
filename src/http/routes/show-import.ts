import { stopIfGone } from '../in/caller-gone.ts';
import { conditionalAnswer } from '../out/etag.ts';
import { renderImport } from '../out/render-import.ts';
import { ownImport } from '../own-import.ts';
import { route } from '../route.ts';
import { importInPath, importSchema } from './import-schema.ts';

/** An import of another organization and one that does not exist get the same 404, after the same steps. */
export const showImport = route({
  id: 'showImport',
  tag: 'Imports',
  method: 'GET',
  path: '/api/v1/imports/:id',
  access: 'caller',
  summary: 'Show an import',
  description: 'The import as it is now. After the image has arrived, `image_id` is set and `updated_at` is newer.',
  inPath: importInPath,
  answers: { 200: { description: 'The import.', body: importSchema, headers: ['ETag'] } },
  problems: ['not-found'],
  async handle({ ctx, state, caller, inPath: { id } }, services) {
    state.importId = id;
    const stored = await ownImport(services, caller, id);
    await state.large.enterIfLarge(stored.view.params.length);
    await state.share.resume();
    stopIfGone(ctx.req);
    return conditionalAnswer(ctx, renderImport(stored.view, services.inZone));
  },
});
