import { z } from 'zod';
import { NOBODY } from '../limits/loop-share.ts';
import { takesGzip } from '../out/answer.ts';
import { JSON_TYPE } from '../out/json-answer.ts';
import { route } from '../route.ts';

export const asyncapi = route({
  id: 'asyncapi',
  tag: 'Events',
  method: 'GET',
  path: '/asyncapi.json',
  access: 'anyone',
  summary: 'The description of the events that subscribers get',
  answers: {
    200: {
      description: 'An AsyncAPI 3.0 document.',
      body: z.record(z.string(), z.unknown()),
      headers: ['Content-Encoding'],
    },
  },
  problems: ['overloaded'],
  async handle({ ctx }, { limits, naming }) {
    await limits.loop.begin(NOBODY);
    // Made at the first request, as `/openapi.json` is.
    const { asyncApiDocument } = await import('../../subscribers/asyncapi/document.ts');
    const { text, zipped } = asyncApiDocument(naming);
    return { status: 200, contentType: JSON_TYPE, body: text, zipped: takesGzip(ctx) ? zipped : null };
  },
});
