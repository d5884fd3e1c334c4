import { z } from 'zod';
import { schemaUrl } from '../../subscribers/cloud-event.ts';
import { parameter } from '../in/query-values.ts';
import { NOBODY } from '../limits/loop-share.ts';
import { notFound } from '../out/problem.ts';
import { route } from '../route.ts';

const SCHEMA_TYPE = 'application/schema+json';

export const publicEventSchema = route({
  id: 'showEventSchema',
  tag: 'Events',
  method: 'GET',
  path: '/schemas/events/:name/:version.json',
  access: 'anyone',
  summary: 'The schema of the data of an event',
  description: 'What `dataschema` of a CloudEvent leads to.',
  inPath: z.object({
    name: parameter(z.string(), 'The type of the event, without its prefix.', 'import.requested'),
    version: parameter(z.string(), 'The version of the public event.', '1'),
  }),
  answers: {
    200: {
      description: 'A JSON Schema of draft 2020-12.',
      mediaType: SCHEMA_TYPE,
      body: z.record(z.string(), z.unknown()),
      headers: ['Content-Encoding'],
    },
  },
  problems: ['not-found', 'overloaded'],
  async handle({ inPath }, { limits, naming }) {
    await limits.loop.begin(NOBODY);
    const { servedSchemas } = await import('../../subscribers/served-schemas.ts');
    const schema = servedSchemas(naming).get(schemaUrl(naming, inPath));
    if (schema === undefined) {
      throw notFound(
        'There is no schema of such an event. `dataschema` of each event in /asyncapi.json leads to its schema.',
      );
    }
    return { status: 200, contentType: SCHEMA_TYPE, body: schema };
  },
});
