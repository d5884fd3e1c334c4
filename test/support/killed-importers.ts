import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { decode } from '../../src/events/decode.ts';
import { openEmbeddedLogForReading } from '../../src/events/embedded/open.ts';
import type { DomainEvent } from '../../src/events/event-types.ts';
import { Keys } from '../../src/tokens/keys.ts';
import { mintSession } from '../../src/tokens/mint.ts';
import { type ImageServer, startImageServer, upTo } from './image-server.ts';
import { kill, listening, startImports, startProcess, type TestProcess } from './process.ts';
import { FORM, IMPORTS, JWT_SECRET, USER } from './service.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { until } from './until.ts';

/** What came of imports while those who performed them were killed. */
export interface Performed {
  /** How many are on record, and how many of them were acknowledged. */
  readonly recorded: number;
  readonly acknowledged: number;
  /** How many claims were taken over. */
  readonly takenOver: number;
  /** What is wrong, in words; none if each import has one image, whole. */
  readonly wrong: readonly string[];
}

/** Short, so that lost claims are taken over soon. */
const ATTEMPT_SECONDS = 3;

/** So long all of them may take in the end. */
const ALL_WITHIN_MS = 120_000;

const { session } = new Keys(JWT_SECRET);
const authorization = () => `Token token="${mintSession(USER, Math.floor(Date.now() / 1000), session)}"`;

/**
 * Kills a service that performs imports, and another process that does, at random moments and again and again, while imports are posted:
 * both on one folder. In the end it looks at each import and its bytes.
 */
export async function killedWhilePerforming(
  times: number,
  onKill: (count: number) => void = () => {},
): Promise<Performed> {
  const directory = temporaryDirectory();
  const images = await startImageServer();
  images.delay = upTo(60);
  const env = {
    ...{ NODE_ENV: 'development', JWT_SECRET, DATA_DIR: directory.path, PORT: '0' },
    ...{ IMPORTER: 'on', IMPORT_ATTEMPT_SECONDS: String(ATTEMPT_SECONDS) },
    ...{ IMPORT_ALLOWED_HOSTS: '127.0.0.1', IMPORT_ALLOWED_PORTS: String(images.port) },
  };
  const starts = [
    async () => {
      const service = startProcess(env);
      url = await listening(service);
      return service;
    },
    async () => startImports(env, ['work']),
  ] as const;
  let url = '';
  const workers: TestProcess[] = [await starts[0](), await starts[1]()];
  const names = new Map<string, string>();
  let isOver = false;
  let asked = 0;
  const post = async () => {
    while (!isOver) {
      const name = String(asked);
      asked += 1;
      const headers = { Authorization: authorization(), 'Content-Type': FORM };
      const body = `url=${encodeURIComponent(images.url(name))}`;
      const answer = await fetch(url + IMPORTS, { method: 'POST', body, headers }).catch(() => null);
      if (answer?.status === 200) names.set(((await answer.json()) as { id: string }).id, name);
      await upTo(60)();
    }
  };
  const posting = [post(), post()];
  try {
    for (let count = 1; count <= times; count += 1) {
      const goal = images.asked.size + 5 + Math.floor(Math.random() * 20);
      await until('more are performed', () => images.asked.size >= goal, ALL_WITHIN_MS);
      await upTo(60)();
      const killed = [[0], [1], [0, 1]][count % 3] as number[];
      await Promise.all(killed.map((index) => kill(workers[index] as TestProcess, 'SIGKILL')));
      await Promise.all(
        killed.map(async (index) => {
          workers[index] = await (starts[index] as (typeof starts)[number])();
        }),
      );
      onKill(count);
    }
    isOver = true;
    await Promise.all(posting);
    const found = await until('all have ended', () => whenEnded(directory.path), ALL_WITHIN_MS);
    const wrong = await wrongIn(found, names, images, directory.path);
    const started = found.flatMap((story) => story.filter(({ type }) => type === 'ImportStarted'));
    return { recorded: found.length, acknowledged: names.size, takenOver: started.length - found.length, wrong };
  } finally {
    isOver = true;
    await Promise.all(workers.map((worker) => kill(worker, 'SIGKILL')));
    await Promise.allSettled(posting);
    await images.stop();
    directory.remove();
  }
}

/** The events of each import, once all of them have ended; null: some have not. */
async function whenEnded(folder: string): Promise<DomainEvent[][] | null> {
  const log = await openEmbeddedLogForReading({ file: join(folder, 'events.db') });
  try {
    const stories = new Map<string, DomainEvent[]>();
    for (let after = 0n; ; ) {
      const page = await log.readAll(after, 1_000);
      for (const event of page.filter(({ stream }) => stream.startsWith('import-')).map(decode)) {
        stories.set(event.stream, [...(stories.get(event.stream) ?? []), event]);
      }
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.position;
    }
    const all = [...stories.values()];
    const ENDS = ['ImportSucceeded', 'ImportFailed', 'ImportCancelled'];
    return all.every((story) => story.some(({ type }) => ENDS.includes(type))) ? all : null;
  } finally {
    await log.close();
  }
}

async function wrongIn(
  stories: readonly DomainEvent[][],
  names: ReadonlyMap<string, string>,
  images: ImageServer,
  folder: string,
): Promise<string[]> {
  const wrong: string[] = [];
  const recorded = new Set(stories.map(([first]) => first?.stream));
  for (const id of names.keys()) if (!recorded.has(`import-${id}`)) wrong.push(`import ${id} was lost`);
  for (const story of stories) {
    const [requested] = story;
    const succeeded = story.filter((event) => event.type === 'ImportSucceeded');
    const [result] = succeeded;
    if (requested?.type !== 'ImportRequested' || succeeded.length !== 1 || story.at(-1) !== result) {
      wrong.push(`${requested?.stream}: ${story.map(({ type }) => type).join(', ')}`);
      continue;
    }
    const name = String(requested.data.params.url).split('/').at(-1) ?? '';
    const sha256 = createHash('sha256').update(images.bytesOf(name)).digest('hex');
    const { image } = result?.data ?? {};
    if (image?.sha256 !== sha256) wrong.push(`${requested.stream}: another image`);
    const kept = await hashOf(join(folder, 'blobs', sha256.slice(0, 2), sha256.slice(2, 4), sha256));
    if (kept !== sha256) wrong.push(`${requested.stream}: its bytes are not whole`);
  }
  return wrong;
}

async function hashOf(file: string): Promise<string | null> {
  const hash = createHash('sha256');
  return pipeline(createReadStream(file), hash).then(
    () => hash.digest('hex'),
    () => null,
  );
}
