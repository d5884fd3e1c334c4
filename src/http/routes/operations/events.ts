import { z } from 'zod';
import { searchEvents } from '../../../history/event-search.ts';
import { placeText } from '../../../history/place-text.ts';
import { charactersIn } from '../../in/characters-in.ts';
import { eventCursorText } from '../../in/event-cursor.ts';
import { eventFilters } from '../../in/event-filters.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { nextLink } from '../../out/next-link.ts';
import { renderList } from '../../out/render-list.ts';
import { renderRecordedEvent } from '../../out/render-recorded-event.ts';
import { route } from '../../route.ts';
import { EVENTS, eventSchema } from '../event-schemas.ts';

export const operationsEvents = route({
  id: 'listEvents',
  tag: 'Operations',
  method: 'GET',
  path: '/api/v1/operations/events',
  access: 'operator',
  summary: 'List the events of the log',
  description: `For operators: the events of every organization, user, secret, import and webhook, and of what operators did, oldest first, a page at a time. Follow the \`Link\` header until there is none. If there are several filters, all must apply.

One request searches 10,000 events at most, and fewer if they are large. If a filter matches few events, **a page may be short or empty although there is a next page**. Only a missing \`Link\` means that there is nothing more.`,
  query: eventFilters,
  answers: {
    200: {
      description: 'A page of events. If it has a `Link`, there is more to search, even if the page is empty.',
      body: z.array(eventSchema).max(500),
      headers: ['Link'],
      examples: { import: EVENTS },
    },
  },
  problems: [],
  async handle({ ctx, state, query }, { log, ownOrigin, inZone }) {
    const { stream, type, organization_id, user_id, request_id, correlation_id, since, until, limit } = query;
    const selection = {
      ...{ stream, type, organizationId: organization_id, userId: user_id, requestId: request_id },
      ...{ correlationId: correlation_id, since, until },
    };
    const { events, next } = await searchEvents(log, selection, query.cursor ?? null, limit);
    await state.large.enterIfLarge(charactersIn(events));
    const body = await renderList(ctx, events, (event) => [renderRecordedEvent(event, inZone)]);
    if (next === null) return jsonAnswer(body);
    const places = { since: since && placeText(since), until: until && placeText(until) };
    const link = nextLink(ownOrigin(ctx.req), '/api/v1/operations/events', {
      ...{ ...query, ...places },
      cursor: eventCursorText(next),
    });
    return jsonAnswer(body, [['Link', link]]);
  },
});
