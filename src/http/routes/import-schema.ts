import { z } from 'zod';
import { parameter } from '../in/query-values.ts';
import { noSuchImport } from '../out/problem.ts';
import { EXAMPLE } from './examples.ts';

/** The schemas of imports, their parameters and their ids in `/openapi.json`. */

const { album, organization, time } = EXAMPLE;

export const timeSchema = z.string().meta({
  id: 'Time',
  override: { format: 'date-time' },
  description:
    'ISO 8601 with milliseconds and the offset of the time zone of the service, including daylight saving time; `Z` in UTC.',
  examples: [time, '2019-02-08T19:38:58.041+01:00'],
});

const recordedParameters = z.record(z.string(), z.unknown()).meta({
  id: 'RecordedParameters',
  description:
    'Every parameter that was sent, in the order sent, with `[FILTERED]` in the places that `X-Redacted` named; then `controller` and ' +
    '`action`, which the service sets.',
});

const sent = {
  album_id: album,
  filename: 'Image456.jpg',
  import_type: 'salesforce',
  metadatas: { contentDocumentId: '0694I000008HV8MQAW' },
  content_document_id: '0694I000008HV8MQAW',
};

const asSent = z.string().nullable().meta({ description: 'As sent; null if it was not sent.' });

export const importSchema = z
  .object({
    id: z.uuid().meta({ description: 'The id of the import.' }),
    organization_id: z.uuid().meta({ description: 'The organization of the user or secret that asked for it.' }),
    image_id: z.string().nullable().meta({ description: 'The image; null until it has arrived.' }),
    import_type: asSent,
    album_id: asSent,
    params: recordedParameters,
    created_at: timeSchema,
    updated_at: timeSchema,
  })
  .meta({
    id: 'Import',
    description:
      'Always these eight keys, in this order, as compact JSON. Within text, `<`, `>`, `&`, U+2028 and U+2029 are escaped (`\\u003c`, …).',
    examples: [
      {
        ...{ id: EXAMPLE.import, organization_id: organization, image_id: null, import_type: sent.import_type },
        ...{ album_id: album, params: { ...sent, controller: 'api/v1/imports', action: 'create' } },
        ...{ created_at: time, updated_at: time },
      },
    ],
  });

export const importParameters = z
  .object({
    album_id: z.string().optional().meta({
      description: 'The album: for example the Salesforce id, of 15 or 18 characters, of the case that it belongs to.',
    }),
    filename: z.string().optional().meta({ description: 'The filename of the image.' }),
    import_type: z.string().optional().meta({ description: 'Where the image comes from.' }),
    metadatas: z.record(z.string(), z.unknown()).optional().meta({
      description: 'Any data to keep with the image.',
    }),
    content_document_id: z.string().optional().meta({
      description: 'The Salesforce ContentDocument that holds the image.',
    }),
  })
  .meta({
    id: 'ImportParameters',
    description:
      'All are optional. Other parameters may be sent, and are kept and echoed, too. `additionalProperties` does not say so, since some generated ' +
      'clients then send nothing at all. `import_type` and `album_id` should be text. A number becomes its text, `true` becomes `t`, `false` ' +
      'becomes `f`, and a list or an object becomes null.',
    examples: [sent],
  });

/** The id of an import in a path. Text that is no UUID gets the same 404 as an unknown id. */
export const importInPath = z.object({
  id: parameter(
    z.uuid({ error: noSuchImport().message }).toLowerCase(),
    'The `id` from the answer to the POST.',
    EXAMPLE.import,
  ),
});
