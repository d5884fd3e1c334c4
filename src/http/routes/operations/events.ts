import type { Context } from 'koa';
import type { Params } from '../../../events/event-types.ts';
import { type SearchedTo, searchEvents } from '../../../history/event-search.ts';
import { placeText } from '../../../history/place-text.ts';
import type { Caller } from '../../in/authenticate.ts';
import { charactersIn } from '../../in/characters-in.ts';
import { eventCursorText } from '../../in/event-cursor.ts';
import { type EventFilters, eventFilters } from '../../in/event-filters.ts';
import type { Answer } from '../../out/answer.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { nextLink } from '../../out/next-link.ts';
import { renderList } from '../../out/render-list.ts';
import { renderRecordedEvent } from '../../out/render-recorded-event.ts';
import type { RequestState } from '../../request.ts';
import type { Services } from '../../services.ts';

/** GET /api/v1/operations/events: the log across all streams, oldest first, a page at a time. */
export function operationsEvents({ log, ownOrigin, inZone }: Pick<Services, 'log' | 'ownOrigin' | 'inZone'>) {
  return async (ctx: Context, _: Caller, params: Params): Promise<Answer> => {
    const filters = eventFilters(params);
    const { events, next } = await searchEvents(log, filters.selection, filters.after, filters.limit);
    const link = next && nextLink(ownOrigin(ctx.req), '/api/v1/operations/events', queryOf(filters, next));
    await (ctx.state as RequestState).large.enterIfLarge(charactersIn(events));
    const body = await renderList(ctx, events, (event) => [renderRecordedEvent(event, inZone)]);
    return jsonAnswer(body, link === null ? [] : [['Link', link]]);
  };
}

/** The query of the page that goes on after `next`. */
function queryOf({ selection, limit }: EventFilters, next: SearchedTo): { [name: string]: string | undefined } {
  const { stream, type, organizationId, userId, requestId, correlationId, since, until } = selection;
  return {
    stream,
    type,
    organization_id: organizationId,
    user_id: userId,
    request_id: requestId,
    correlation_id: correlationId,
    since: since && placeText(since),
    until: until && placeText(until),
    limit: String(limit),
    cursor: eventCursorText(next),
  };
}
