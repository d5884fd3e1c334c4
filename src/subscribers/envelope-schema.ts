import { z } from 'zod';
import { type Envelope, fullType, type Naming, schemaUrl } from './cloud-event.ts';
import type { PublicEvent } from './public-event.ts';

/** The schema of the envelope in which a public event is sent. */
export function envelopeSchema(naming: Naming, mapping: PublicEvent) {
  return z.object({
    specversion: z.literal('1.0').meta({ description: 'The version of CloudEvents.' }),
    id: z.guid().meta({
      description:
        'The id of the event. It is the same each time that the event is sent: drop the ids that you have seen.',
    }),
    source: z.literal(naming.origin).meta({ description: 'The service that recorded the event, by its `PUBLIC_URL`.' }),
    type: z.literal(fullType(naming, mapping.name)).meta({
      description: 'What happened. There will be more types: pass over those that you do not know.',
    }),
    subject: z.uuid().meta({
      description:
        'To what it happened: the id of the import, of the webhook, or of the connection (which is that of the organization).',
    }),
    time: z.iso.datetime({ precision: 3 }).meta({ description: 'When it happened: UTC, with milliseconds.' }),
    datacontenttype: z.literal('application/json').meta({ description: 'The media type of `data`.' }),
    dataschema: z.literal(schemaUrl(naming, mapping)).meta({
      description:
        'The JSON Schema of `data`. Its last part is the version of the public event. No token is needed to read it.',
    }),
    sequence: z.string().regex(/^\d+$/).meta({
      description:
        'The number of the event among all events of its subject, from 0, as text. It grows, with gaps: subscribers do not see each event.',
    }),
    correlationid: z.string().meta({ description: 'The same for all events that one request led to.' }),
    cursor: z.string().meta({
      description:
        'The place after this event in the log, for `after` of the feed. It is encrypted: keep it as it is. The same event always has the same cursor.',
    }),
    data: mapping.data.meta({ description: 'What is known of it: see the schema at `dataschema`.' }),
  } satisfies { [member in keyof Envelope | 'cursor']: z.ZodType });
}
