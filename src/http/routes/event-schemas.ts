import { z } from 'zod';
import { EXAMPLE } from './examples.ts';

/** What `/openapi.json` says of events: as operators see them, and as callers see those of an import. */

const text = (description: string) => z.string().meta({ description });
const textOrNull = (description: string) => z.string().nullable().meta({ description });
const recorded = z.record(z.string(), z.unknown());

const revision = z.int().min(0);
const position = z.string().regex(/^\d+$/);

/** Who and when. */
const details = {
  occurred_at: textOrNull('When it happened, as in `created_at`; null if the event does not say.'),
  organization_id: textOrNull('For whom; null if operators acted on the service itself.'),
  user_id: textOrNull('The user who brought it about.'),
  secret_id: textOrNull('The secret that brought it about.'),
  operator: textOrNull('The operator who brought it about at the command line.'),
  request_id: textOrNull('The `X-Request-Id` of the answer to the request that brought it about.'),
  correlation_id: textOrNull('The same for all events that began with the same request.'),
  causation_id: textOrNull('What brought it about: the request, or the event with this id.'),
};

const id = z.uuid().meta({ description: 'The id of the event.' });
const type = text(
  'What happened, such as `ImportRequested`. There will be more types: ignore those that you do not know.',
);
const OTHER =
  'What is recorded as JSON other than an object is its member `_json`, what is no JSON its member `_text`.';

export const eventSchema = z
  .object({
    position: position.meta({ description: 'Its place in the whole log. Text, since it may exceed 2^53.' }),
    stream: text('The stream that it belongs to.'),
    revision: revision.meta({ description: 'Its number within the stream, from 0.' }),
    id,
    type,
    ...details,
    data: recorded.meta({ description: `What the event says, as recorded. ${OTHER}` }),
    metadata: recorded.meta({ description: 'Who, when and why, as recorded; an object as `data` is.' }),
    problem: textOrNull('Why the service cannot read the event. Null as a rule.'),
  })
  .meta({ id: 'Event', description: 'An event as the log has it.' });

export const importEventSchema = z
  .object({
    id,
    type,
    revision: revision.meta({ description: 'The number of the event among those of the import, from 0.' }),
    position: position.nullable().meta({ description: 'The place of the event in the whole log; for operators.' }),
    ...details,
    data: recorded.nullable().meta({
      description:
        `What the event says, as recorded: an object. ${OTHER} If \`problem\` says that the service cannot read it, it is null to all but operators ` +
        'and whoever brought it about.',
    }),
    changes: z
      .array(
        z.record(z.string(), z.unknown()).meta({
          description:
            'Always three members. `field` is a key of the import. `before` is its value until then; it is null, too, if there was no import yet. ' +
            '`after` is its value from then on. The schema does not name them, since not all programs that make clients have a type for any value, ' +
            'null among them.',
        }),
      )
      .meta({ description: 'What it changed in the import, field by field.' }),
    problem: textOrNull('Why the service cannot read the event, or cannot show it in the import yet. Null as a rule.'),
  })
  .meta({
    id: 'ImportEvent',
    description:
      'One thing that happened to an import. Always all of these members. Those that say who brought it about are null to all but operators and ' +
      'whoever it was.',
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
};
const by = { user_id: user, request_id: request, correlation_id: request, causation_id: request };

const toOthers = {
  ...{ id: EXAMPLE.event, type: 'ImportRequested', revision: 0, position: null, occurred_at: time },
  ...{ organization_id: organization, user_id: null, secret_id: null, operator: null },
  ...{ request_id: null, correlation_id: null, causation_id: null },
  data: { organization_id: organization, import_type: 'salesforce', album_id: album, params },
  changes: Object.entries(after).map(([field, value]) => ({ field, before: null, after: value })),
  problem: null,
};

/** The events of an import: to whoever asked for it, to others of the organization, and to operators. */
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
