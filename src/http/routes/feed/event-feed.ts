import { z } from 'zod';
import { envelopeText } from '../../../subscribers/cloud-event.ts';
import type { Scope } from '../../../subscribers/cursor.ts';
import type { Feed } from '../../../subscribers/feed/feed.ts';
import { nextPage } from '../../../subscribers/feed/page.ts';
import { subjectFeed } from '../../../subscribers/feed/subject-feed.ts';
import { beginningOf, isIn, type Place, placeAfter } from '../../../subscribers/place.ts';
import type { Caller } from '../../in/authenticate.ts';
import { signalOfGoing } from '../../in/caller-gone.ts';
import { waitIn } from '../../in/prefer.ts';
import { NOT_OUR_CURSOR } from '../../in/query-values.ts';
import type { Answer } from '../../out/answer.ts';
import { heartbeatText } from '../../out/event-stream.ts';
import { nextLink } from '../../out/next-link.ts';
import { albumNotAllowed, malformed, notFound, placeGone } from '../../out/problem.ts';
import { type Asked, route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { feedFilters, selectionIn } from './feed-filters.ts';
import { sendLive } from './live-stream.ts';

const PATH = '/api/v1/events';
const BATCH = 'application/cloudevents-batch+json';
const STREAM = 'text/event-stream';

type AskedFeed = Asked<'caller', z.output<typeof feedFilters>, object>;

/** The public events of the caller's organization (of all, for operators): a page, a long poll or a live stream. */
export const eventFeed = route({
  id: 'readFeed',
  tag: 'Events',
  method: 'GET',
  path: PATH,
  access: 'caller',
  summary: 'Read events, page by page or as they come',
  description: `The events of the organization, oldest first, as CloudEvents; for operators, those of all organizations. Without \`after\` and \`since\`, a page begins with the first event, and a stream with the next one.

A page may have fewer events than \`limit\`, even none, although there are more: follow \`Link\`, which is always there. If its cursor is the one that you sent, there is nothing more yet. With \`Prefer: wait=30\`, the answer then waits for the first event.

With \`Accept: ${STREAM}\` the answer is a live stream of server-sent events: \`id\` is the cursor, \`event\` the type, \`data\` the event. After a cut, send the last \`id\` as \`Last-Event-ID\`: nothing is left out and nothing repeated.

A token for some albums must name one of them in \`album_id\`.`,
  query: feedFilters,
  headers: ['Prefer', 'Last-Event-ID'],
  answers: {
    200: {
      description: 'A page of events, or a live stream.',
      body: z.array(z.record(z.string(), z.unknown())),
      mediaType: BATCH,
      headers: ['Link', 'Preference-Applied'],
    },
  },
  problems: ['album-not-allowed', 'not-found', 'gone'],
  async handle(asked, services) {
    const { ctx, caller, query } = asked;
    if (!caller.abilities.all && !caller.abilities.on(query.album_id ?? null)) throw albumNotAllowed(query.album_id);
    return ctx.accepts(BATCH, 'application/json', STREAM) === STREAM ? stream(asked, services) : page(asked, services);
  },
});

async function page({ ctx, state, caller, query }: AskedFeed, services: Services): Promise<Answer> {
  const { log, cursors, naming, ownOrigin, streams } = services;
  const selection = selectionIn(query, naming);
  const scope = scopeOf(caller);
  const after = (await placeIn(query.after, query.since, caller, services)) ?? beginningOf(log);
  const waitSeconds = waitIn(ctx.headers.prefer);
  const signal = AbortSignal.any([signalOfGoing(ctx.req, ctx.res), streams.signal]);
  const look = () =>
    nextPage(
      feedFor(services, query.subject),
      log,
      { after, selection, limit: query.limit, waitMs: waitSeconds * 1000 },
      { scope, reader: caller.name, signal },
      () => state.share.resume(),
    );
  const { events, to } = waitSeconds > 0 ? await streams.run(caller.name, look) : await look();
  // The rights may have ended while it waited.
  if (waitSeconds > 0) await services.authenticator.authenticate(ctx.headers.authorization, state);
  await state.share.resume();
  const texts = events.map((event) => envelopeText(event, cursors.textOf(placeAfter(log, event.event), scope)));
  const { since: _, ...filters } = query;
  const next = { ...filters, after: cursors.textOf(to, scope) };
  const further: [string, string][] = [['Link', nextLink(ownOrigin(ctx.req), PATH, next)]];
  if (waitSeconds > 0) further.push(['Preference-Applied', `wait=${waitSeconds}`]);
  return { status: 200, contentType: BATCH, body: `[${texts.join(',')}]`, further };
}

async function stream({ ctx, caller, query }: AskedFeed, services: Services): Promise<Answer> {
  const { log, cursors, naming, authenticator, streams, pieces } = services;
  const selection = selectionIn(query, naming);
  const feed = feedFor(services, query.subject);
  const scope = scopeOf(caller);
  const lastId = ctx.get('Last-Event-ID');
  const [after, since] = lastId === '' ? [query.after, query.since] : [lastId];
  const from = (await placeIn(after, since, caller, services)) ?? (await feed.end());
  const key = JSON.stringify([selection.names && [...selection.names], selection.subject, selection.albumId]);
  streams.enter(caller.name, ctx.res);
  return {
    status: 200,
    contentType: STREAM,
    body: '',
    stream: (response) =>
      sendLive({
        response,
        from,
        read: (place, waitMs, signal) => feed.read(place, { scope, reader: caller.name, waitMs, signal }),
        piecesOf: ({ events }) => pieces.of(events, scope, selection, key),
        placeAfter: ({ last }) => placeAfter(log, last.event),
        heartbeat: (place) => heartbeatText(cursors.textOf(place, scope)),
        mayGoOn: () => authenticator.mayGoOn(caller),
        endsAtMs: caller.expiresAtMs,
        signal: AbortSignal.any([signalOfGoing(ctx.req, response), streams.signal]),
      }),
  };
}

/** An import's own events are read from its own stream. */
function feedFor({ feed, log, naming }: Services, subject: string | undefined): Feed {
  return subject === undefined ? feed : subjectFeed(feed, log, naming, subject);
}

/** An operator's token reads the events of all organizations. */
function scopeOf({ isOperator, organizationId }: Caller): Scope {
  return isOperator ? null : organizationId;
}

/**
 * Where to begin; null: nothing says it.
 * @throws {Problem} 400 if it is no cursor, 404 if it is another organization's, 410 if the log has another past
 */
async function placeIn(
  after: string | undefined,
  sinceMs: number | undefined,
  caller: Caller,
  { log, cursors, timeMarks }: Services,
): Promise<Place | null> {
  if (after === undefined) return sinceMs === undefined ? null : timeMarks.placeBefore(sinceMs);
  const cursor = cursors.read(after);
  if (cursor === null) throw malformed(`after ${NOT_OUR_CURSOR}`);
  if (!caller.isOperator && cursor.scope !== caller.organizationId) {
    throw notFound('There is no such cursor. Use the cursor of an event that you have, or begin with since=…');
  }
  if (!(await isIn(log, cursor.place))) throw placeGone();
  return cursor.place;
}
