import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { NOBODY } from '../../limits/loop-share.ts';
import { route } from '../../route.ts';

/** The one image that this machine may give to imports: see `src/service/development.ts`. */
export const DEVELOPMENT_IMAGE = '/development/image.png';

/** In development, an image to try imports with. */
export const developmentImage = route({
  id: 'showDevelopmentImage',
  tag: 'Images',
  method: 'GET',
  path: DEVELOPMENT_IMAGE,
  access: 'anyone',
  summary: 'An image to try imports with',
  answers: {
    200: {
      description: 'The bytes.',
      body: z.string().meta({ override: { format: 'binary' } }),
      mediaType: 'image/png',
    },
  },
  problems: ['overloaded'],
  async handle(_asked, { limits }) {
    await limits.loop.begin(NOBODY);
    const body = await readFile(new URL('image.png', import.meta.url));
    return { status: 200, contentType: 'image/png', body, zipped: null };
  },
});
