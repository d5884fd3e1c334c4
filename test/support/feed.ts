import { streamName } from '../../src/events/streams.ts';
import { IMPORT_REQUESTED, newEvent } from './events.ts';
import type { TestService } from './service.ts';
import { until } from './until.ts';

export const EVENTS = '/api/v1/events';

/** A CloudEvent, as far as tests look at it. */
export interface Sent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly cursor: string;
  readonly data: { readonly album_id: string | null; readonly params: { readonly [name: string]: unknown } };
}

/** A live stream that is read. */
export interface ReadStream {
  readonly status: number;
  readonly headers: Headers;
  /** What came so far: the events, with their ids and types as the stream has them, and the last id. */
  readonly events: (Sent & { readonly streamId: string; readonly streamType: string })[];
  lastId(): string;
  /** The first id; '' before it has come. */
  firstId(): string;
  /** How many heartbeats came. */
  heartbeats(): number;
  isOver(): boolean;
  close(): void;
}

/** Opens a live stream and reads all that comes. */
export async function openStream(url: string, authorization: string, headers: object = {}): Promise<ReadStream> {
  const ended = new AbortController();
  const all = { Accept: 'text/event-stream', Authorization: authorization, ...headers };
  const answer = await fetch(url, { headers: all, signal: ended.signal });
  const events: ReadStream['events'] = [];
  let [firstId, lastId, heartbeats, isOver] = ['', '', 0, false];
  const take = (block: string) => {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const),
    );
    lastId = fields.get('id') ?? lastId;
    firstId ||= lastId;
    const data = fields.get('data');
    if (data === undefined) heartbeats += 1;
    else events.push({ ...(JSON.parse(data) as Sent), streamId: lastId, streamType: fields.get('event') ?? '' });
  };
  const read = async () => {
    let rest = '';
    for await (const chunk of (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() as string;
      blocks.forEach(take);
    }
  };
  const reading = answer.status === 200 ? read() : Promise.resolve();
  let failure: unknown;
  void reading
    .catch((error) => {
      if (!ended.signal.aborted && error instanceof SyntaxError) failure = error;
    })
    .finally(() => {
      isOver = true;
    });
  return {
    status: answer.status,
    headers: answer.headers,
    events,
    firstId: () => firstId,
    lastId: () => lastId,
    heartbeats: () => heartbeats,
    isOver() {
      if (failure !== undefined) throw failure;
      return isOver;
    },
    close: () => ended.abort(),
  };
}

/** A page of the feed. */
export interface ReadPage {
  readonly status: number;
  readonly headers: Headers;
  readonly events: readonly Sent[];
  /** The whole URL of the next page. */
  readonly next: string;
  /** Its cursor. */
  readonly after: string;
}

export async function readPage(
  service: Pick<TestService, 'request'>,
  query = '',
  headers: Record<string, string> = {},
): Promise<ReadPage> {
  const answer = await service.request(query.startsWith('http') ? query : `${EVENTS}${query}`, { headers });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  const next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
  return {
    status: answer.status,
    headers: answer.headers,
    events: (await answer.json()) as Sent[],
    next,
    after: new URL(next).searchParams.get('after') ?? '',
  };
}

/** Follows the pages until there is nothing more. */
export async function allPages(
  service: Pick<TestService, 'request'>,
  query = '',
  headers: Record<string, string> = {},
): Promise<Sent[]> {
  const all: Sent[] = [];
  for (let page = await readPage(service, query, headers); ; ) {
    all.push(...page.events);
    const next = await readPage(service, page.next, headers);
    if (next.after === page.after) return all;
    page = next;
  }
}

/** Appends imports directly to the log, several to one append: ids of the imports. */
export async function appendImports(
  { service }: TestService,
  ids: readonly string[],
  { album = '5005800000HEXCtAAP', metadata = {}, text = '' }: { album?: string; metadata?: object; text?: string } = {},
): Promise<void> {
  const { data } = IMPORT_REQUESTED;
  const fact = { ...IMPORT_REQUESTED, data: { ...data, album_id: album, params: { text } } };
  const append = (id: string) =>
    service.services.log.append(streamName('import', id), [newEvent(fact, metadata)], 'no_stream');
  // So few at once that even a slow server is in time for each.
  for (let at = 0; at < ids.length; at += 50) await Promise.all(ids.slice(at, at + 50).map(append));
  const { log, feed } = service.services;
  await until('the feed has them', async () => (await feed.end()).position >= (await log.head()));
}
