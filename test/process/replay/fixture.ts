import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { newId } from '../../../src/events/new-id.ts';
import { OPERATIONS_STREAM } from '../../../src/events/streams.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { imports } from '../../support/imports.ts';
import { type Ended, kill, listening, startImports, startProcess, type TestProcess } from '../../support/process.ts';
import { copyProject } from '../../support/project-copy.ts';
import { DOCUMENT_BODY, JWT_SECRET, ORGANIZATION, USER } from '../../support/service.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';

/** An import's album as the view function of this version has it, and as that of the changed version has it. */
export const OLD_ALBUM = '5005800000HEXCtAAP';
export const NEW_ALBUM = OLD_ALBUM.toUpperCase();

const VIEW_FUNCTION = 'src/projections/import-view.ts';

export interface ImportAnswer {
  readonly id: string;
  readonly album_id: string;
}

/** A service of a changed version on views that this version has made, and the changed version's command line. */
export interface Deployed {
  readonly env: NodeJS.ProcessEnv;
  /** The imports that were there before the change. */
  readonly old: readonly string[];
  request(path: string, init?: RequestInit): Promise<Response>;
  post(): Promise<Response>;
  show(id: string): Promise<ImportAnswer>;
  /** Every import, as the list has them. */
  list(): Promise<ImportAnswer[]>;
  startReplay(...args: string[]): TestProcess;
  replay(...args: string[]): Promise<Ended>;
  /** Changes the view function of the changed version once more; the service runs on as it is. */
  changeAgain(): void;
  /** What is on record of the service's operations. */
  operations(): Promise<RecordedEvent[]>;
  remove(): Promise<void>;
}

export async function deployChange(imports_: number): Promise<Deployed> {
  const data = temporaryDirectory();
  const copy = temporaryDirectory();
  const env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: data.path, PORT: '0' };
  const old = await fill(data.path, imports_);
  await imports(env, 'users', 'add', '--user', USER, '--organization', ORGANIZATION);
  const token = (await imports(env, 'token', '--user', USER)).stdout.trim();
  const before = startProcess(env);
  await isLevel(await listening(before));
  await kill(before, 'SIGTERM');

  copyProject(copy.path, {
    file: VIEW_FUNCTION,
    text: '    album_id,',
    by: '    album_id: album_id === null ? null : album_id.toUpperCase(),',
  });
  const service = startProcess(env, undefined, copy.path);
  const url = await listening(service);
  const request = (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, url), { ...init, headers: { Authorization: `Token token="${token}"`, ...init.headers } });
  await isLevel(url);

  return {
    env,
    old,
    request,
    post: () =>
      request('/api/v1/imports', {
        method: 'POST',
        body: DOCUMENT_BODY,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      }),
    async show(id) {
      const answer = await request(`/api/v1/imports/${id}`);
      if (answer.status !== 200) throw new Error(`GET of ${id}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as ImportAnswer;
    },
    async list() {
      const found: ImportAnswer[] = [];
      for (let path: string | null = '/api/v1/imports?limit=500'; path !== null; ) {
        const answer: Response = await request(path);
        if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
        found.push(...((await answer.json()) as ImportAnswer[]));
        path = /^<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
      }
      return found;
    },
    startReplay: (...args) => startImports(env, ['replay', ...args], copy.path),
    replay: (...args) => startImports(env, ['replay', ...args], copy.path).ended(),
    changeAgain: () => appendFileSync(join(copy.path, VIEW_FUNCTION), '// Changed again.\n'),
    async operations() {
      const log = await openEmbeddedLog({ file: join(data.path, 'events.db') });
      try {
        return await log.readStream(OPERATIONS_STREAM);
      } finally {
        await log.close();
      }
    },
    async remove() {
      await kill(service, 'SIGKILL');
      data.remove();
      copy.remove();
    },
  };
}

/** A log with so many imports; gives their ids. */
async function fill(folder: string, count: number): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const log = await openEmbeddedLog({ file: join(folder, 'events.db') });
  const ids = Array.from({ length: count }, () => newId());
  await Promise.all(ids.map((id) => log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream')));
  await log.close();
  return ids;
}

function isLevel(url: string): Promise<true> {
  return until('the views are level', async () => (await fetch(`${url}/readyz`)).status === 200);
}

/** So many callers take turns, one after the other each, while `work` is done. The first turn that fails ends the load, and fails it. */
export async function underLoad(
  callers: number,
  turn: (caller: number, count: number) => Promise<void>,
  work: () => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  let running = true;
  const calling = Array.from({ length: callers }, async (_, caller) => {
    for (let count = 0; running && failures.length === 0; count += 1) {
      await turn(caller, count).catch((error) => failures.push(error));
    }
  });
  try {
    await work();
  } finally {
    running = false;
    await Promise.all(calling);
  }
  if (failures.length > 0) throw failures[0];
}
