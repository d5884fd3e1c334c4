import type { Context } from 'koa';
import { type CreateImport, importDecider } from '../../commands/import.ts';
import { importIdFor } from '../../commands/import-id.ts';
import { streamName } from '../../events/streams.ts';
import { fold } from '../../projections/fold.ts';
import type { ImportView } from '../../projections/views.ts';
import { AccessDenied } from '../access-denied.ts';
import { type Answer, JSON_TYPE } from '../answer.ts';
import type { Caller } from '../authenticate.ts';
import { idempotencyKeyOf } from '../idempotency-key.ts';
import { columnText } from '../params/column-text.ts';
import { filterCredentials } from '../params/filter-credentials.ts';
import { parseParams } from '../params/parse-params.ts';
import { readBody } from '../read-body.ts';
import { renderImport } from '../render-import.ts';
import type { RequestState } from '../request.ts';
import type { Services } from '../services.ts';

/** POST /api/v1/imports: records that the import was requested, and answers with it. */
export function createImport({ commands, inline, inZone }: Services) {
  return async (ctx: Context, caller: Caller): Promise<Answer> => {
    const key = idempotencyKeyOf(ctx.headers['idempotency-key']);
    const body = await readBody(ctx);
    const params = filterCredentials(
      parseParams({ contentType: ctx.headers['content-type'], body, query: ctx.querystring }),
    );
    const command: CreateImport = {
      type: 'CreateImport',
      organization_id: caller.organizationId,
      import_type: columnText(params.import_type),
      album_id: columnText(params.album_id),
      params,
    };
    if (!caller.abilities.on(command.album_id)) throw new AccessDenied('album_not_allowed');
    const state = ctx.state as RequestState;
    state.importId = importIdFor(`${caller.name} of ${caller.organizationId}`, key);
    const view = await request(state.importId, command, caller, state.requestId);
    return { status: 200, contentType: JSON_TYPE, body: renderImport(view, inZone) };
  };

  async function request(id: string, command: CreateImport, caller: Caller, requestId: string): Promise<ImportView> {
    const context = { organization_id: caller.organizationId, ...caller.identity, request_id: requestId };
    const handled = await commands.handleNew(importDecider, streamName('import', id), command, context);
    if (handled.appended.length > 0) return (await inline.project('import', id, handled.appended)).view;
    // The same request again gets the same answer: the import as it was when it was first asked for.
    return (fold('import', id, handled.history.slice(0, 1)) as { view: ImportView }).view;
  }
}
