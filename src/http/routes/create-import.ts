import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context } from 'koa';
import { importDecider } from '../../commands/import.ts';
import type { CreateImport } from '../../commands/import-command.ts';
import { importIdFor } from '../../commands/import-id.ts';
import { decode, isKnownType } from '../../events/decode.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import { streamName } from '../../events/streams.ts';
import { fold } from '../../projections/fold-stream.ts';
import type { Stored } from '../../projections/queries.ts';
import { isOfRequest, laneOf } from '../../projections/views/import-view.ts';
import type { ImportView } from '../../projections/views.ts';
import { redactedHeader } from '../../redaction/redacted-header.ts';
import { callersContext } from '../command-context.ts';
import { GivenCredentials } from '../given-credentials.ts';
import { AccessDenied } from '../in/access-denied.ts';
import type { Caller } from '../in/authenticate.ts';
import { stopIfGone } from '../in/caller-gone.ts';
import { idempotencyKeyOf } from '../in/idempotency-key.ts';
import { columnText } from '../in/params/column-text.ts';
import { parseParams } from '../in/params/parse-params.ts';
import { readBody } from '../in/read-body.ts';
import { LARGE_BYTES } from '../limits/large-work.ts';
import type { Answer } from '../out/answer.ts';
import { jsonAnswer } from '../out/json-answer.ts';
import { recordTooLarge } from '../out/problem.ts';
import { renderImport } from '../out/render-import.ts';
import type { RequestState } from '../request.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';
import { importParameters, importSchema } from './import-schema.ts';

/** The most bytes of one request's parameters as JSON: 1 MiB, and room for the names that the service adds. */
export const RECORDED_LIMIT_BYTES = 1_048_576 + 1_024;

/** The result of parsing can be many times as large as the body: six times as JSON, and thousands of parameters or levels. */
const LARGE_BODY_BYTES = LARGE_BYTES / 8;

/** How a request is recorded. */
interface How {
  /** Null: it brings none, or none that the importer could use. */
  readonly given: GivenCredentials | null;
  /** Otherwise its stream is read first. */
  readonly isProbablyNew: boolean;
}

interface Requested {
  readonly view: ImportView;
  /** The same request was recorded before with the same idempotency key. */
  readonly isRepeated: boolean;
}

/** Records that the import was requested, and answers with it. */
export const createImport = route({
  id: 'createImport',
  tag: 'Imports',
  method: 'POST',
  path: '/api/v1/imports',
  access: 'caller',
  isOfOriginal: true,
  summary: 'Ask for an import',
  description: `Records the request durably, then answers with the import. Every parameter is optional. Parameters that are not described here are kept, too. All parameters are recorded and echoed as sent, in the order sent. So a wrong id is no error here; the import fails later.

Parameters may come in a form, as JSON, in the text fields of a multipart body, and in the query string, which wins over the body. Forms follow the rules of Rack: the last of repeated names wins, \`a[]\` makes a list, \`a[b]\` nests. As in Rails, a null in a list is left out, and so is a pair of a form whose name has no key. A body of another media type is refused (415). Without a body, any \`Content-Type\` is accepted.

Credentials in some places are neither recorded nor echoed: the values of \`headers[Authorization]\` and of other headers that are known to carry credentials, and the user info and the signature of \`url\`. \`[FILTERED]\` replaces them, and \`X-Redacted\` names the places. Those that the import of a \`url\` needs are kept sealed until it has ended, for 72 hours at most. Any other credential is recorded and echoed like all other text, so send none.`,
  headers: ['Idempotency-Key', 'Content-Encoding'],
  body: {
    description: `The parameters of the import, at most 1 MiB, in UTF-8. Without a \`Content-Type\` they are a form. \`text/x-json\` and \`application/jsonrequest\` are read as JSON too, \`multipart/related\` and \`multipart/mixed\` as \`multipart/form-data\`. JSON that is not an object becomes the parameter \`_json\`.

Forms are read as well: \`application/x-www-form-urlencoded\`, and the text fields of \`multipart/form-data\`. They are not listed as media types here: client generators take the first of several, or all at once, and only JSON describes nested parameters.`,
    schema: importParameters,
  },
  answers: {
    200: {
      description:
        'The import as it was recorded. For a repeated request with the same `Idempotency-Key`, the import as it was first recorded.',
      body: importSchema,
      headers: ['X-Redacted', 'Idempotent-Replayed'],
      links: {
        import: {
          operationId: 'showImport',
          parameters: { id: '$response.body#/id' },
          description: 'Shows the import later, with its `image_id` after the image has arrived.',
        },
      },
    },
  },
  problems: [
    'deleted',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
    'credentials-unavailable',
  ],
  async handle({ ctx, state, caller }, services) {
    const key = idempotencyKeyOf(ctx.headers['idempotency-key']);
    const body = await readBody(ctx, state);
    if (isLarge(ctx, body)) await state.large.enter();
    await state.share.begin();
    return create(services, ctx, caller, key, body);
  },
});

async function create(
  services: Services,
  ctx: Context,
  caller: Caller,
  key: string | null,
  body: Buffer,
): Promise<Answer> {
  stopIfGone(ctx.req);
  const state = ctx.state as RequestState;
  const contentType = ctx.headers['content-type'];
  const sent = parseParams({ contentType, body, query: ctx.querystring, format: state.format });
  const { recorded, taken } = services.redact(sent);
  const redacted = taken.map(({ place }) => place);
  const command: CreateImport = {
    type: 'CreateImport',
    organization_id: caller.organizationId,
    import_type: columnText(sent.import_type),
    album_id: columnText(sent.album_id),
    params: recorded,
    redacted,
  };
  if (!caller.abilities.on(command.album_id)) throw new AccessDenied('album_not_allowed');
  const isFetched = redacted.length > 0 && laneOf({ ...command, redacted }) === 'sealed';
  const credentials = isFetched ? taken.filter(({ place }) => isOfRequest(place)) : [];
  if (isLarge(ctx, body)) {
    assertRecordable(recorded);
    assertRecordable(credentials);
    // Parsing has taken long enough in this turn of the event loop.
    await nextTurn();
    await state.share.resume();
  }
  const id = importIdFor(`${caller.name} of ${caller.organizationId}`, key);
  state.importId = id;
  const given = credentials.length === 0 ? null : new GivenCredentials(services.sealed, id, credentials);
  const { view, isRepeated } = await state.share.write(async () => {
    // Without a key, the import is new for certain.
    const isProbablyNew = given === null || key === null || !(await given.wouldReplace());
    return record(services, id, command, { given, isProbablyNew }, caller, state);
  });
  const further: [string, string][] = [];
  if (redacted.length > 0) further.push(['X-Redacted', redactedHeader(redacted)]);
  if (isRepeated) further.push(['Idempotent-Replayed', 'true']);
  return jsonAnswer(renderImport(view, services.inZone), further);
}

async function record(
  { execute }: Services,
  id: string,
  command: CreateImport,
  { given, isProbablyNew }: How,
  caller: Caller,
  state: RequestState,
): Promise<Requested> {
  const context = callersContext(state, caller);
  const { view, history } = await execute(importDecider, streamName('import', id), command, context, {
    isProbablyNew,
    // The import may exist already, and may be large.
    beforeReading: () => state.large.enter(),
    ...(given && { beforeAppending: () => given.keep() }),
    beforeProjecting: () => state.share.resume(),
  }).catch(async (error) => {
    await given?.failed(error);
    throw error;
  });
  const isRepeated = view === null;
  if (isRepeated) {
    await given?.repeated(hasEnded(history));
    await state.share.resume();
  }
  // The same request gets the same answer again: the import as it was first recorded. Events that only a newer release knows may be before.
  const first = history.findIndex(({ type }) => isKnownType(type));
  const shown = isRepeated ? fold('import', id, history.slice(0, first + 1)) : view;
  return { view: (shown as Stored<'import'>).view, isRepeated };
}

function hasEnded(history: readonly RecordedEvent[]): boolean {
  const events = history.filter(({ type }) => isKnownType(type)).map(decode);
  const { status } = events.reduce(importDecider.evolve, importDecider.initial);
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}

function isLarge({ querystring }: Context, body: Buffer): boolean {
  return body.length + querystring.length > LARGE_BODY_BYTES;
}

/**
 * One control character takes six bytes as JSON, and records are kept for ever.
 * @throws {Problem} 413
 */
function assertRecordable(recorded: unknown): void {
  if (Buffer.byteLength(JSON.stringify(recorded)) > RECORDED_LIMIT_BYTES) throw recordTooLarge(RECORDED_LIMIT_BYTES);
}
