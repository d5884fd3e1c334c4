import { z } from 'zod';
import { EXAMPLE } from './examples.ts';

/** The schemas of events in `/openapi.json`: as operators see them, and as callers see those of an import. */

const text = (description: string) => z.string().meta({ description });
const textOrNull = (description: string) => z.string().nullable().meta({ description });
const recorded = z.record(z.string(), z.unknown());

const revision = z.int().min(0);
const position = z.string().regex(/^\d+$/);

/** The members that say who caused an event, and when. */
const details = {
  occurred_at: textOrNull('When it happened, as in `created_at`; null if the event does not say.'),
  organization_id: textOrNull('For whom; null if operators acted on the service itself.'),
  user_id: textOrNull('The user who caused it.'),
  secret_id: textOrNull('The secret that caused it.'),
  operator: textOrNull('The operator who caused it at the command line.'),
  request_id: textOrNull('The request that caused it: the `X-Request-Id` of its answer, unless the caller sent one.'),
  caller_request_id: textOrNull(
    'The `X-Request-Id` that the caller sent, which the answer has, too. It need not be unique; null if the caller sent none.',
  ),
  correlation_id: textOrNull('The same for all events that began with the same request.'),
  causation_id: textOrNull('The id of the request or the event that caused it.'),
};

const id = z.uuid().meta({ description: 'The id of the event.' });
const type = text(
  'What happened, such as `ImportRequested`. There will be more types: ignore those that you do not know.',
);
const OTHER = 'If the record is JSON but no object, it is the member `_json`; if it is no JSON, the member `_text`.';

export const eventSchema = z
  .object({
    position: position.meta({ description: 'Its place in the whole log, as text, since it may exceed 2^53.' }),
    stream: text('The stream that it belongs to.'),
    revision: revision.meta({ description: 'Its number within the stream, from 0.' }),
    id,
    type,
    ...details,
    data: recorded.meta({ description: `What the event says, as recorded. ${OTHER}` }),
    metadata: recorded.meta({ description: 'Who, when and why, as recorded; an object like `data`.' }),
    problem: textOrNull('Why the service cannot read the event; normally null.'),
  })
  .meta({ id: 'Event', description: 'An event as it is in the log.' });

export const importEventSchema = z
  .object({
    id,
    type,
    revision: revision.meta({ description: 'The number of the event among those of the import, from 0.' }),
    position: position.nullable().meta({ description: 'Its place in the whole log; null except for operators.' }),
    ...details,
    data: recorded.nullable().meta({
      description:
        `What the event says, as recorded: an object. ${OTHER} Only operators and the caller who caused it see the name of a worker and the ` +
        'reason of an operator, which are null for others, and the data of an event that the service cannot read, as `problem` says.',
    }),
    changes: z
      .array(
        z.record(z.string(), z.unknown()).meta({
          description:
            'Always three members. `field` is a key of the import or of its status; operators see further ones. `before` is its value before the ' +
            'event; null if there was no import yet. ' +
            '`after` is its value after the event. The schema does not name these members, since some client generators have no type for any ' +
            'value or null.',
        }),
      )
      .meta({ description: 'What the event changed in the import, field by field.' }),
    problem: textOrNull('Why the service cannot read the event, or cannot show it in the import yet; normally null.'),
  })
  .meta({
    id: 'ImportEvent',
    description:
      'One event of an import, always with all of these members. The members that say who caused it are null except for operators and that ' +
      'caller.',
  });

const { album, import: importId, organization, request, time, user } = EXAMPLE;
const params = { album_id: album, import_type: 'salesforce', controller: 'api/v1/imports', action: 'create' };
const after = {
  ...{
    id: importId,
    organization_id: organization,
    image_id: null,
    import_type: 'salesforce',
    album_id: album,
    params,
  },
  ...{ created_at: time, updated_at: time },
  ...{ status: 'waiting', attempts: 0, reason: null, detail: null, started_at: null, ended_at: null },
};
const by = {
  user_id: user,
  request_id: request,
  caller_request_id: null,
  correlation_id: request,
  causation_id: request,
};

const toOthers = {
  ...{ id: EXAMPLE.event, type: 'ImportRequested', revision: 0, position: null, occurred_at: time },
  ...{ organization_id: organization, user_id: null, secret_id: null, operator: null },
  ...{ request_id: null, caller_request_id: null, correlation_id: null, causation_id: null },
  data: { organization_id: organization, import_type: 'salesforce', album_id: album, params },
  changes: Object.entries(after).map(([field, value]) => ({ field, before: null, after: value })),
  problem: null,
};

/** The events of an import, as its own caller, other callers of the organization, and operators see them. */
export const IMPORT_EVENTS = {
  own: [{ ...toOthers, ...by }],
  others: [toOthers],
  operator: [{ ...toOthers, ...by, position: '17' }],
};

const { changes: _, ...recordedToo } = IMPORT_EVENTS.operator[0] as (typeof IMPORT_EVENTS.operator)[0];
export const EVENTS = [
  {
    ...recordedToo,
    stream: `import-${importId}`,
    metadata: {
      ...{ occurred_at: EXAMPLE.utc, organization_id: organization, user_id: user, request_id: request },
      ...{ schema_version: 1, $correlationId: request, $causationId: request },
    },
  },
];
