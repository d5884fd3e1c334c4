import { z } from 'zod';
import { envelopeText } from '../../../subscribers/cloud-event.ts';
import type { Scope } from '../../../subscribers/cursor.ts';
import { nextPage } from '../../../subscribers/feed/page.ts';
import { beginningOf, isIn, type Place, placeAfter } from '../../../subscribers/place.ts';
import { AccessDenied } from '../../in/access-denied.ts';
import type { Caller } from '../../in/authenticate.ts';
import { signalOfGoing } from '../../in/caller-gone.ts';
import { charactersIn } from '../../in/characters-in.ts';
import { waitIn } from '../../in/prefer.ts';
import type { Answer } from '../../out/answer.ts';
import { heartbeatText } from '../../out/event-stream.ts';
import { nextLink } from '../../out/next-link.ts';
import { albumNotAllowed, malformed, notFound, placeGone } from '../../out/problem.ts';
import { renderList } from '../../out/render-list.ts';
import { type Asked, route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { feedFilters, selectionIn } from './feed-filters.ts';
import { sendLive } from './live-stream.ts';

const PATH = '/api/v1/events';
const BATCH = 'application/cloudevents-batch+json';
const STREAM = 'text/event-stream';

/** What all events have. The types and the data of each are in `/asyncapi.json`. */
const eventInFeed = z
  .object({
    specversion: z.string(),
    id: z.string().meta({ description: 'The same each time that the event is sent: drop the ids that you have seen.' }),
    source: z.string(),
    type: z.string().meta({ description: 'There will be more types: pass over those that you do not know.' }),
    subject: z
      .string()
      .meta({ description: 'The id of the import, of the webhook, or of the organization whose connection it is.' }),
    time: z.string().meta({ description: 'When it happened: UTC, with milliseconds.' }),
    datacontenttype: z.string(),
    dataschema: z.string().meta({ description: 'Where the JSON Schema of `data` is served.' }),
    sequence: z
      .string()
      .meta({ description: 'Its number among the events of its subject, as text. It grows, with gaps.' }),
    correlationid: z.string(),
    cursor: z.string().meta({ description: 'The place after it, for `after`.' }),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({
    id: 'CloudEvent',
    description: 'A public event in a CloudEvents 1.0 envelope. `/asyncapi.json` describes each type.',
  });

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

A page may have fewer events than \`limit\`, even none, although there are more: follow \`Link\`, which is always there. If its cursor is the one that you sent, there is nothing more for you yet. With \`Prefer: wait=30\`, the answer then waits for the first event.

With \`Accept: ${STREAM}\` the answer is a live stream of server-sent events: \`id\` is the cursor, \`event\` the type, \`data\` the event. After a cut, send the last \`id\` as \`Last-Event-ID\`: nothing is left out and nothing repeated. \`limit\` and \`Prefer\` do not count then.

A token for some albums must name one of them in \`album_id\`.`,
  query: feedFilters,
  headers: ['Prefer', 'Last-Event-ID'],
  answers: {
    200: {
      description:
        'A page of events, or a live stream. A stream has `Cache-Control: no-store, no-transform` and `X-Accel-Buffering: no`, and no ' +
        '`Content-Length`.',
      body: z.array(eventInFeed).max(500),
      mediaType: BATCH,
      headers: ['Link', 'Preference-Applied'],
      streamed: STREAM,
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
  const { log, cursors, naming, ownOrigin, streams, feed, authenticator } = services;
  const selection = selectionIn(query, naming);
  const scope = scopeOf(caller);
  const after = (await placeIn('after', query.after, query.since, caller, services)) ?? beginningOf(log);
  const waitSeconds = waitIn(ctx.headers.prefer);
  const waits = waitSeconds > 0;
  const signal = waits ? streams.enter(caller.name, ctx.req, ctx.res) : signalOfGoing(ctx.req, ctx.res);
  const assertMayGoOn = async () => {
    if (waits && !(await authenticator.mayGoOn(caller))) throw new AccessDenied('rights_ended');
  };
  const { events, to } = await nextPage(
    feed,
    log,
    { after, selection, limit: query.limit, waitMs: waitSeconds * 1000 },
    { scope, reader: caller.name, subject: query.subject, signal },
    async () => {
      await assertMayGoOn();
      await state.share.resume();
    },
  );
  await assertMayGoOn();
  await state.large.enterIfLarge(charactersIn(events.map(({ event }) => event)));
  await state.share.resume();
  const body = await renderList(ctx, events, (event) => [
    envelopeText(event, cursors.textOf(placeAfter(log, event.event), scope)),
  ]);
  const { since: _, ...filters } = query;
  // Without news it is the caller's own; between its own events it does not show when others' come.
  const isOwn = to.event?.id === events.at(-1)?.event.id;
  const kept = to === after ? query.after : undefined;
  const next = { ...filters, after: kept ?? (isOwn ? cursors.textOf(to, scope) : cursors.freshTextOf(to, scope)) };
  const further: [string, string][] = [['Link', nextLink(ownOrigin(ctx.req), PATH, next)]];
  if (waits) further.push(['Preference-Applied', `wait=${waitSeconds}`]);
  return { status: 200, contentType: BATCH, body, further, hasWaited: waits };
}

async function stream({ ctx, state, caller, query }: AskedFeed, services: Services): Promise<Answer> {
  const { cursors, naming, authenticator, streams, pieces, feed, limits } = services;
  const selection = selectionIn(query, naming);
  const scope = scopeOf(caller);
  const from = (await placeOfStream(ctx.get('Last-Event-ID'), query, caller, services)) ?? (await feed.end());
  const key = JSON.stringify([selection.names && [...selection.names], selection.subject, selection.albumId]);
  const reading = { scope, reader: caller.name, subject: query.subject };
  const signal = streams.enter(caller.name, ctx.req, ctx.res);
  return {
    status: 200,
    contentType: STREAM,
    body: '',
    stream: {
      bytes: null,
      send: (response) =>
        sendLive({
          response,
          from,
          async read(place, waitMs, until) {
            const stretch = await feed.read(place, { ...reading, waitMs, signal: until });
            // To catch up takes the event loop's time, of which each organization has its share.
            if (!stretch.isLevel) await state.share.resume();
            return stretch;
          },
          piecesOf: ({ events }) => pieces.of(events, scope, selection, key),
          heartbeat: (place) => heartbeatText(cursors.freshTextOf(place, scope)),
          hold: (bytes) => limits.memory.hold(caller.name, bytes),
          mayGoOn: () => authenticator.mayGoOn(caller),
          endsAtMs: caller.expiresAtMs,
          signal,
        }),
    },
  };
}

/** An operator's token reads the events of all organizations. */
function scopeOf({ isOperator, organizationId }: Caller): Scope {
  return isOperator ? null : organizationId;
}

/** Where a stream begins. A client that comes back sends the parameters that it began with. */
function placeOfStream(
  lastEventId: string,
  { after, since }: AskedFeed['query'],
  caller: Caller,
  services: Services,
): Promise<Place | null> {
  return lastEventId === ''
    ? placeIn('after', after, since, caller, services)
    : placeIn('Last-Event-ID', lastEventId, undefined, caller, services);
}

/**
 * Where to begin; null: nothing says it.
 * @param name where the cursor was sent
 * @throws {Problem} 400 if it is no cursor, 404 if it is another organization's, 410 if the log has another past
 */
async function placeIn(
  name: string,
  text: string | undefined,
  sinceMs: number | undefined,
  caller: Caller,
  { log, cursors, timeMarks }: Services,
): Promise<Place | null> {
  if (text === undefined) return sinceMs === undefined ? null : timeMarks.placeBefore(sinceMs);
  const cursor = cursors.read(text);
  if (cursor === null) {
    throw malformed(
      `${name} is no cursor of this service: send that of an event that you have, as it is, or begin again with since=<a time>.`,
    );
  }
  if (!caller.isOperator && cursor.scope !== caller.organizationId) {
    throw notFound(
      'There is no such cursor. Use the cursor of an event that you have, or begin again with since=<a time>.',
    );
  }
  if (!(await isIn(log, cursor.place))) throw placeGone();
  return cursor.place;
}
