import type { Context } from 'koa';
import { validate as isUuid } from 'uuid';
import { fold } from '../../projections/fold-stream.ts';
import type { Stored } from '../../projections/read-model.ts';
import type { Caller } from '../in/authenticate.ts';
import { stopIfGone } from '../in/caller-gone.ts';
import type { Answer } from '../out/answer.ts';
import { conditionalAnswer } from '../out/etag.ts';
import { noSuchImport } from '../out/problem.ts';
import { renderImport } from '../out/render-import.ts';
import { ownImportEvents } from '../own-import.ts';
import type { RequestState } from '../request.ts';
import type { Services } from '../services.ts';

/** GET /api/v1/imports/:id. Another organization's import and one that does not exist give the same 404, by the same steps. */
export function showImport({ readModel, log, inZone }: Services) {
  return async (ctx: Context, caller: Caller): Promise<Answer> => {
    const id = String(ctx.params.id).toLowerCase();
    if (!isUuid(id)) throw noSuchImport();
    const state = ctx.state as RequestState;
    state.importId = id;
    const stored = await find(id, caller.organizationId);
    if (
      stored === null ||
      stored.view.organization_id !== caller.organizationId ||
      !caller.abilities.on(stored.view.album_id)
    ) {
      throw noSuchImport();
    }
    await state.large.enterIfLarge(stored.view.params.length);
    await state.share.goOn();
    stopIfGone(ctx.req);
    return conditionalAnswer(ctx, renderImport(stored.view, inZone));
  };

  async function find(id: string, organizationId: string): Promise<Stored<'import'> | null> {
    const stored = await readModel.get('import', id, organizationId);
    if (stored !== null) return stored;
    // A view that is not there may only be late: the log knows.
    return fold('import', id, await ownImportEvents({ log, readModel }, organizationId, id));
  }
}
