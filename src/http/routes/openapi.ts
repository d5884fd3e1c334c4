import { z } from 'zod';
import { NOBODY } from '../limits/loop-share.ts';
import { takesGzip } from '../out/answer.ts';
import { JSON_TYPE } from '../out/json-answer.ts';
import { route } from '../route.ts';

export const openapi = route({
  id: 'openapi',
  tag: 'Operations',
  method: 'GET',
  path: '/openapi.json',
  access: 'anyone',
  summary: 'This description',
  answers: {
    200: {
      description: 'An OpenAPI 3.1 document.',
      body: z.record(z.string(), z.unknown()),
      headers: ['Content-Encoding'],
    },
  },
  problems: ['overloaded'],
  async handle({ ctx }, { limits }) {
    await limits.loop.begin(NOBODY);
    // Made at the first request, so that the start of the service does not wait for it.
    const { DOCUMENT, ZIPPED_DOCUMENT } = await import('../description/document.ts');
    return { status: 200, contentType: JSON_TYPE, body: DOCUMENT, zipped: takesGzip(ctx) ? ZIPPED_DOCUMENT : null };
  },
});
