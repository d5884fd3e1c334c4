import { z } from 'zod';
import type { DomainEvent } from '../events/event-types.ts';
import { type Call, IMPORT_REASONS, type ImportSource } from '../events/import-events.ts';
import { EXAMPLE_ORGANIZATION, organizationId, type PublicEvent, textOrNull } from './public-event.ts';

/** What subscribers see of the life of an import. Who works on it is not among that. */

const time = (description: string) => z.iso.datetime({ precision: 3 }).meta({ description });

const ofImport = {
  id: z.uuid().meta({ description: 'The id of the import.' }),
  organization_id: organizationId,
  album_id: textOrNull('The album, as sent; null if it was not sent.'),
};

const EXAMPLE = {
  id: '3d172b54-f40f-4df9-9342-0b042fac5382',
  organization_id: EXAMPLE_ORGANIZATION,
  album_id: '5005800000HEXCtAAP',
};

function idsOf({ data, metadata }: DomainEvent, id: string) {
  const { album_id } = data as { readonly album_id: string | null };
  return { id, organization_id: metadata.organization_id, album_id };
}

const attempt = z.int().min(0).meta({
  description: 'How many attempts count up to now. One that ended for a reason of the whole connection does not count.',
});

const calls = z
  .array(
    z.object({
      request: z.string(),
      status: z.int().nullable(),
      error: z.string().nullable(),
      at: z.iso.datetime({ precision: 3 }),
      ms: z.int().min(0),
    }),
  )
  .meta({
    description:
      'What was asked of the source, in order. `request`: method and URL, without query and credentials. `status`: of the answer; null if none ' +
      'came. `error`: why none came, or why it was of no use; or null. `at`: when. `ms`: how long it took, up to its last byte.',
  });

const EXAMPLE_CALL: Call = {
  request: 'GET https://photos.example.com/Image456.jpg',
  status: 200,
  error: null,
  at: '2019-04-08T17:38:57.310Z',
  ms: 412,
};

const failure = {
  ...ofImport,
  attempt,
  reason: z.enum(IMPORT_REASONS).meta({ description: 'Why; `docs/importing.md` says what to do about each.' }),
  detail: textOrNull('The same in words.'),
  calls,
};

const EXAMPLE_FAILURE = {
  ...{ ...EXAMPLE, attempt: 1, reason: 'source_unavailable', detail: 'The source answered 503.' },
  calls: [{ ...EXAMPLE_CALL, status: 503 }],
};

const image = z
  .object({
    id: z.uuid(),
    sha256: z.string(),
    md5: z.string(),
    bytes: z.int(),
    content_type: z.string(),
    format: z.string(),
    width: z.int(),
    height: z.int(),
    filename: z.string().nullable(),
  })
  .meta({
    description:
      'The image: its `id`, as `image_id` of the import has it; the `sha256` and the `md5` of its bytes in hex, and how many `bytes`; its ' +
      '`content_type` and `format`, such as `jpg`, as the bytes themselves say; `width` and `height` as it is shown; the `filename` that the source ' +
      'gives, with its extension, or null.',
  });

/** One shape for all sources: clients that are made from the schema need no union. */
const source = z
  .object({
    kind: z.enum(['salesforce', 'url', 'worker']),
    host: z.string().nullable(),
    path: z.string().nullable(),
    organization_id: z.string().nullable(),
    user_id: z.string().nullable(),
    record: z.string().nullable(),
    record_id: z.string().nullable(),
    version_number: z.string().nullable(),
    external_id: z.string().nullable(),
  })
  .meta({
    description:
      'What was fetched; what does not apply is null. Of a `url`: `host` and `path` of the last one, after redirects. Of `salesforce`: its `host`, the ' +
      'ids of the organization (`00D…`) and of the user (`005…`) there, which `record` it was (`ContentVersion` or `Attachment`), its id, and the version of a `ContentVersion`. ' +
      'Of a `worker`: the `external_id` by which the worker knows it, or null.',
  });

const NO_SOURCE = {
  ...{ host: null, path: null, organization_id: null, user_id: null, record: null, record_id: null },
  ...{ version_number: null, external_id: null },
};

function sourceOf({ kind, ...fetched }: ImportSource): z.output<typeof source> {
  return { kind, ...NO_SOURCE, ...fetched };
}

const EXAMPLE_PARAMS = {
  album_id: EXAMPLE.album_id,
  filename: 'Image456.jpg',
  import_type: 'salesforce',
  controller: 'api/v1/imports',
  action: 'create',
};

export const importRequested: PublicEvent<'ImportRequested'> = {
  name: 'import.requested',
  version: 1,
  title: 'An import was requested',
  description: 'Somebody asked for an image to be imported, and the request is recorded. The image is not there yet.',
  data: z
    .object({
      id: ofImport.id,
      organization_id: organizationId,
      import_type: textOrNull('Where the image comes from, as sent; null if it was not sent.'),
      album_id: ofImport.album_id,
      params: z.record(z.string(), z.unknown()).meta({
        description:
          'Every parameter that was sent, as the API echoes it: `[FILTERED]` in place of credentials; then `controller` and `action`.',
      }),
    })
    .meta({
      examples: [
        {
          ...{ id: EXAMPLE.id, organization_id: EXAMPLE_ORGANIZATION, import_type: 'salesforce' },
          ...{ album_id: EXAMPLE.album_id, params: EXAMPLE_PARAMS },
        },
      ],
    }),
  dataOf({ data: { organization_id, import_type, album_id, params } }, id) {
    return { id, organization_id, import_type, album_id, params };
  },
};

export const importStarted: PublicEvent<'ImportStarted'> = {
  name: 'import.started',
  version: 1,
  title: 'An attempt to import has begun',
  description:
    'A worker has the import. If nothing more is heard of it by the deadline, and it has not ended, another attempt follows.',
  data: z
    .object({ ...ofImport, attempt, deadline: time('Until when the worker has it: UTC, with milliseconds.') })
    .meta({ examples: [{ ...EXAMPLE, attempt: 1, deadline: '2019-04-08T17:40:58.041Z' }] }),
  dataOf(event, id) {
    const { attempt, deadline } = event.data;
    return { ...idsOf(event, id), attempt, deadline };
  },
};

export const importRetryScheduled: PublicEvent<'ImportRetryScheduled'> = {
  name: 'import.retry_scheduled',
  version: 1,
  title: 'An import waits for its next attempt',
  description: 'An attempt did not succeed. The next one comes at `not_before` or later.',
  data: z
    .object({ ...failure, not_before: time('It is not tried before: UTC, with milliseconds.') })
    .meta({ examples: [{ ...EXAMPLE_FAILURE, not_before: '2019-04-08T17:39:08.041Z' }] }),
  dataOf(event, id) {
    const { attempt, reason, detail, calls, not_before } = event.data;
    return { ...idsOf(event, id), attempt, reason, detail, calls, not_before };
  },
};

export const importSucceeded: PublicEvent<'ImportSucceeded'> = {
  name: 'import.succeeded',
  version: 1,
  title: 'An import has succeeded',
  description: 'The image is there: `GET /api/v1/images/{id}` shows it, and `…/original` has its bytes.',
  data: z.object({ ...ofImport, attempt, image, source, calls }).meta({
    examples: [
      {
        ...{ ...EXAMPLE, attempt: 1 },
        image: {
          id: '5c1e1f0e-6a53-5d3c-9b1d-2f0a6c5b7e41',
          sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          md5: '098f6bcd4621d373cade4e832627b4f6',
          bytes: 204_800,
          content_type: 'image/jpeg',
          format: 'jpg',
          width: 1_600,
          height: 1_200,
          filename: 'Image456.jpg',
        },
        source: sourceOf({ kind: 'url', host: 'photos.example.com', path: '/Image456.jpg' }),
        calls: [EXAMPLE_CALL],
      },
    ],
  }),
  dataOf(event, id) {
    const { attempt, image, source, calls } = event.data;
    return { ...idsOf(event, id), attempt, image, source: sourceOf(source), calls };
  },
};

export const importFailed: PublicEvent<'ImportFailed'> = {
  name: 'import.failed',
  version: 1,
  title: 'An import has failed',
  description: 'It is not tried again, unless somebody asks for that: `POST /api/v1/imports/{id}/retry`.',
  data: z.object(failure).meta({
    examples: [
      {
        ...{ ...EXAMPLE, attempt: 1, reason: 'source_not_found', detail: 'The source answered 404.' },
        calls: [{ ...EXAMPLE_CALL, status: 404 }],
      },
    ],
  }),
  dataOf(event, id) {
    const { attempt, reason, detail, calls } = event.data;
    return { ...idsOf(event, id), attempt, reason, detail, calls };
  },
};

export const importCancelled: PublicEvent<'ImportCancelled'> = {
  name: 'import.cancelled',
  version: 1,
  title: 'An import was cancelled',
  description: 'Somebody asked for that before it had ended. There is no image.',
  data: z.object(ofImport).meta({ examples: [EXAMPLE] }),
  dataOf: idsOf,
};

export const importRetryRequested: PublicEvent<'ImportRetryRequested'> = {
  name: 'import.retry_requested',
  version: 1,
  title: 'An import was asked for again',
  description: 'An import that had failed, was cancelled or was not performed waits anew, for 72 hours at most.',
  data: z.object(ofImport).meta({ examples: [EXAMPLE] }),
  // Its reason is for operators.
  dataOf: idsOf,
};
