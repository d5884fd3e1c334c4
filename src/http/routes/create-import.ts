import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context } from 'koa';
import { type CreateImport, importDecider } from '../../commands/import.ts';
import { importIdFor } from '../../commands/import-id.ts';
import type { Params } from '../../events/event-types.ts';
import { streamName } from '../../events/streams.ts';
import { fold } from '../../projections/fold-stream.ts';
import type { Stored } from '../../projections/queries.ts';
import type { ImportView } from '../../projections/views.ts';
import { redactedHeader } from '../../redaction/redacted-header.ts';
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

/** The most that is recorded of one request's parameters, as JSON: 1 MiB, and room for the names that the service adds. */
export const RECORDED_LIMIT_BYTES = 1_048_576 + 1_024;

/** What is made of a body can be many times as large: six times as JSON, and thousands of parameters or levels in memory. */
const LARGE_BODY_BYTES = LARGE_BYTES / 8;

interface Requested {
  readonly view: ImportView;
  /** The same request was recorded before, under the same idempotency key. */
  readonly isRepeated: boolean;
}

/** Records that the import was requested, and answers with it. */
export const createImport = route({
  id: 'createImport',
  tag: 'Imports',
  method: 'POST',
  path: '/api/v1/imports',
  access: 'caller',
  summary: 'Ask for an import',
  description: `Records the request durably, then answers with the import. Every parameter is optional, and parameters that are not described here are kept too: what is recorded and echoed is what was sent, in the order sent. So a wrong id is no error here; it fails the import later.

Parameters may come in a form, as JSON, in the text fields of a multipart body, and in the query string, which wins over the body. The rules of forms are those of Rack: the last of repeated names wins, \`a[]\` makes a list, \`a[b]\` nests. As in Rails, a null in a list is left out, and so is a pair of a form whose name has no key. A body of another media type is refused (415); one that is not there may be said to be of any type.

Credentials in certain places are neither recorded nor echoed: the values of \`headers[Authorization]\` and of other headers that are known to carry credentials, and of \`url\` the user info and the signature. \`[FILTERED]\` stands in their place, and \`X-Redacted\` names the places. Any other credential is recorded and echoed like everything else: send none.`,
  headers: ['Idempotency-Key', 'Content-Encoding'],
  body: {
    description: `The parameters of the import, at most 1 MiB, in UTF-8. Without a \`Content-Type\` they are a form. \`text/x-json\` and \`application/jsonrequest\` are read as JSON too, \`multipart/related\` and \`multipart/mixed\` as \`multipart/form-data\`. JSON that is not an object becomes the parameter \`_json\`.

Forms are read as well: \`application/x-www-form-urlencoded\`, and the text fields of \`multipart/form-data\`. They are not among the media types here, since programs that make clients from this description take the first of several, or all at once, and JSON alone says what a nested parameter is.`,
    schema: importParameters,
  },
  answers: {
    200: {
      description:
        'The import as it was recorded. To a repeated request with the same `Idempotency-Key`, the import as it was first recorded.',
      body: importSchema,
      headers: ['X-Redacted', 'Idempotent-Replayed'],
      links: {
        import: {
          operationId: 'showImport',
          parameters: { id: '$response.body#/id' },
          description: 'Shows the import later, with its `image_id` once the image is there.',
        },
      },
    },
  },
  problems: ['body-too-large', 'unsupported-media-type', 'idempotency-key-reused'],
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
  if (isLarge(ctx, body)) {
    assertRecordable(recorded);
    // Parsing it took its time of this turn of the event loop.
    await nextTurn();
    await state.share.goOn();
  }
  const id = importIdFor(`${caller.name} of ${caller.organizationId}`, key);
  state.importId = id;
  const { view, isRepeated } = await state.share.write(() => record(services, id, command, caller, state));
  const further: [string, string][] = [];
  if (redacted.length > 0) further.push(['X-Redacted', redactedHeader(redacted)]);
  if (isRepeated) further.push(['Idempotent-Replayed', 'true']);
  return jsonAnswer(renderImport(view, services.inZone), further);
}

async function record(
  { execute }: Services,
  id: string,
  command: CreateImport,
  caller: Caller,
  state: RequestState,
): Promise<Requested> {
  const context = { organization_id: caller.organizationId, ...caller.identity, request_id: state.requestId };
  const { view, history } = await execute(importDecider, streamName('import', id), command, context, {
    isProbablyNew: true,
    // The import that is there already may be a large one.
    beforeReading: () => state.large.enter(),
    beforeProjecting: () => state.share.goOn(),
  });
  const isRepeated = view === null;
  if (isRepeated) await state.share.goOn();
  // The same request again gets the same answer: the import as it was when it was first asked for.
  const shown = isRepeated ? fold('import', id, history.slice(0, 1)) : view;
  return { view: (shown as Stored<'import'>).view, isRepeated };
}

function isLarge({ querystring }: Context, body: Buffer): boolean {
  return body.length + querystring.length > LARGE_BODY_BYTES;
}

/**
 * One control character takes six bytes as JSON, and what is recorded is kept for ever.
 * @throws {Problem} 413
 */
function assertRecordable(recorded: Params): void {
  if (Buffer.byteLength(JSON.stringify(recorded)) > RECORDED_LIMIT_BYTES) throw recordTooLarge(RECORDED_LIMIT_BYTES);
}
