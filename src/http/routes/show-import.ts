import type { Context } from 'koa';
import { validate as isUuid } from 'uuid';
import type { Stored } from '../../projections/read-model.ts';
import { viewFromLog } from '../../projections/view-from-log.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../authenticate.ts';
import { conditionalAnswer, etagOf } from '../etag.ts';
import { noSuchImport } from '../problem.ts';
import { renderImport } from '../render-import.ts';
import type { Services } from '../services.ts';

/** GET /api/v1/imports/:id. Another organization's import and one that does not exist give the same 404. */
export function showImport({ readModel, log, inZone }: Services) {
  return async (ctx: Context, caller: Caller): Promise<Answer> => {
    const stored = await find(String(ctx.params.id).toLowerCase());
    if (
      stored === null ||
      stored.view.organization_id !== caller.organizationId ||
      !caller.abilities.on(stored.view.album_id)
    ) {
      throw noSuchImport();
    }
    return conditionalAnswer(ctx, etagOf(stored), () => renderImport(stored.view, inZone));
  };

  async function find(id: string): Promise<Stored<'import'> | null> {
    if (!isUuid(id)) return null;
    // A view that is not there may only be late: the log knows.
    return (await readModel.get('import', id)) ?? viewFromLog(log, 'import', id);
  }
}
