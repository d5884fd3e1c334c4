import { conditionalAnswer } from '../../out/etag.ts';
import { renderImage } from '../../out/render-image.ts';
import { ownImage, shownImage } from '../../own-image.ts';
import { route } from '../../route.ts';
import { imageInPath, imageSchema } from './image-schema.ts';

export const showImage = route({
  id: 'showImage',
  tag: 'Images',
  method: 'GET',
  path: '/api/v1/images/:id',
  access: 'caller',
  summary: 'Show an image',
  description: 'What is known of an image. Its bytes are at `original_url`.',
  inPath: imageInPath,
  answers: { 200: { description: 'The image.', body: imageSchema, headers: ['ETag'] } },
  problems: ['not-found', 'views-behind'],
  async handle({ ctx, state, caller, inPath: { id } }, services) {
    const view = await ownImage(services, caller, id);
    state.importId = view.id;
    await state.large.enterIfLarge(view.params.length);
    await state.share.resume();
    return conditionalAnswer(ctx, renderImage(shownImage(view), services.ownOrigin(ctx.req), services.inZone));
  },
});
