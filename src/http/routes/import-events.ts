import type { Context } from 'koa';
import { validate as isUuid } from 'uuid';
import { streamName } from '../../events/streams.ts';
import { type TimelineEntry, timelineOf } from '../../history/timeline.ts';
import type { ImportView } from '../../projections/views.ts';
import type { Caller } from '../in/authenticate.ts';
import { charactersIn } from '../in/characters-in.ts';
import type { Answer } from '../out/answer.ts';
import { conditionalAnswer } from '../out/etag.ts';
import { noSuchImport } from '../out/problem.ts';
import { renderList } from '../out/render-list.ts';
import { renderTimelineEntry } from '../out/render-timeline.ts';
import { ownImportEvents } from '../own-import.ts';
import type { RequestState } from '../request.ts';
import type { Services } from '../services.ts';

/**
 * GET /api/v1/imports/:id/events: what happened to an import, oldest first, from the log itself. Operators see every import and every
 * detail; others see what they see of imports, and no other person's details.
 */
export function importEvents({ log, readModel, inZone }: Pick<Services, 'log' | 'readModel' | 'inZone'>) {
  return async (ctx: Context, caller: Caller): Promise<Answer> => {
    const id = String(ctx.params.id).toLowerCase();
    if (!isUuid(id)) throw noSuchImport();
    const state = ctx.state as RequestState;
    state.importId = id;
    const events = caller.isOperator
      ? await log.readStream(streamName('import', id))
      : await ownImportEvents({ log, readModel }, caller.organizationId, id);
    await state.large.enterIfLarge(charactersIn(events));
    await state.share.goOn();
    const timeline = timelineOf(events);
    if (timeline.length === 0 || !maySee(caller, timeline)) throw noSuchImport();
    const text = await renderList(ctx, timeline, (entry) => renderTimelineEntry(entry, caller, inZone));
    return conditionalAnswer(ctx, text);
  };
}

function maySee({ isOperator, organizationId, abilities }: Caller, timeline: readonly TimelineEntry[]): boolean {
  const view = timeline.at(-1)?.stored?.view as ImportView | undefined;
  // Where not even the first event can be folded, it still tells for whom it is.
  const organization = view?.organization_id ?? timeline[0]?.details.organizationId;
  return isOperator || (organization === organizationId && abilities.on(view?.album_id ?? null));
}
