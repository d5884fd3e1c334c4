import { randomUUID } from 'node:crypto';
import { EventSource } from 'eventsource';
import { Keys } from '../../src/tokens/keys.ts';
import { mintSession } from '../../src/tokens/mint.ts';
import { EVENTS, readPage } from './feed.ts';
import { lastingPort } from './lasting-port.ts';
import { kill, listening, startProcess } from './process.ts';
import { DOCUMENT_BODY, IMPORTS, JWT_SECRET, USER } from './service.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { until } from './until.ts';

/** What came of some kills. */
export interface Outcome {
  /** The ids of all events of the log, in order. */
  readonly recorded: readonly string[];
  /** The ids that each reader got, in order. */
  readonly received: readonly (readonly string[])[];
  /** How many imports were acknowledged. Each is recorded, or the service has lost it. */
  readonly acknowledged: readonly string[];
}

/** Readers wait so long for a service that was started again. */
const COMES_WITHIN_MS = 60_000;

const { session } = new Keys(JWT_SECRET);
const authorization = () => `Token token="${mintSession(USER, Math.floor(Date.now() / 1000), session)}"`;

/**
 * Kills a service with SIGKILL again and again, and starts it again on its port, while the npm package `eventsource` reads its feed, and
 * imports are posted to it and to another process on the same folder.
 */
export async function killedWhileStreaming(
  times: number,
  onKill: (count: number) => void = () => {},
): Promise<Outcome> {
  const directory = temporaryDirectory();
  const port = await lastingPort();
  const env = { NODE_ENV: 'development', JWT_SECRET, DATA_DIR: directory.path };
  const start = async () => {
    const service = startProcess({ ...env, PORT: String(port) });
    await listening(service);
    return service;
  };
  let service = await start();
  const other = startProcess({ ...env, PORT: '0' });
  const url = `http://127.0.0.1:${port}`;
  const otherUrl = await listening(other);

  const acknowledged: string[] = [];
  let isOver = false;
  const post = async (to: string, key: string): Promise<string | null> => {
    const headers = {
      Authorization: authorization(),
      'Content-Type': 'application/x-www-form-urlencoded',
      'Idempotency-Key': key,
    };
    const answer = await fetch(to + IMPORTS, { method: 'POST', body: DOCUMENT_BODY, headers }).catch(() => null);
    return answer?.status === 200 ? ((await answer.json()) as { id: string }).id : null;
  };
  const postAll = async (to: string) => {
    while (!isOver) {
      const key = randomUUID();
      acknowledged.push(await until('it is acknowledged', () => post(to, key), COMES_WITHIN_MS));
    }
  };
  const posting = [postAll(url), postAll(url), postAll(otherUrl)];

  const received: string[][] = [];
  const read = (query: string) => {
    const ids: string[] = [];
    received.push(ids);
    const source = new EventSource(`${url}${EVENTS}?${query}`, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Authorization: authorization() } }),
    });
    source.addEventListener('import-api.import.requested', ({ data }) => {
      ids.push((JSON.parse(data) as { id: string }).id);
    });
    return source;
  };
  const sources = ['since=2000-01-01', 'since=2000-01-01&type=import-api.import.requested'].map(read);

  try {
    for (let count = 1; count <= times; count += 1) {
      const before = received.map((ids) => ids.length);
      await until(
        'more came',
        () => received.every((ids, index) => ids.length > (before[index] as number) + 20),
        COMES_WITHIN_MS,
      );
      await kill(service, 'SIGKILL');
      service = await start();
      onKill(count);
    }
    isOver = true;
    await Promise.all(posting);
    const recorded = await allIds(url);
    await until('all came', () => received.every((ids) => ids.length >= recorded.length), COMES_WITHIN_MS).catch(
      () => {},
    );
    return { recorded, received, acknowledged };
  } finally {
    isOver = true;
    for (const source of sources) source.close();
    await Promise.all([kill(service, 'SIGKILL'), kill(other, 'SIGKILL')]);
    await Promise.allSettled(posting);
    directory.remove();
  }
}

async function allIds(url: string): Promise<string[]> {
  const request = (path: string) => fetch(new URL(path, url), { headers: { Authorization: authorization() } });
  const ids: string[] = [];
  let next = '?limit=500';
  for (let after = ''; ; ) {
    const page = await readPage({ request }, next);
    ids.push(...page.events.map(({ id }) => id));
    if (page.after === after) return ids;
    [after, next] = [page.after, page.next];
  }
}
