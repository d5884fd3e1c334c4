import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { openEmbeddedLog } from '../../src/events/embedded/open.ts';
import { newId } from '../../src/events/new-id.ts';
import { OPERATIONS_STREAM } from '../../src/events/streams.ts';
import { EmbeddedVersions } from '../../src/projections/embedded/versions.ts';
import { VIEW_KINDS, VIEWS_VERSION, views } from '../../src/projections/views.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import { kill, listening, startImports, startProcess, type TestProcess } from '../support/process.ts';
import { copyProject } from '../support/project-copy.ts';
import { DOCUMENT_BODY, JWT_SECRET, ORGANIZATION, USER } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const IMPORTS = 1_500;

const REASON = 'album ids as they were sent';

/** An import's album as the release before has it, and as this one has it. */
const OLD_ALBUM = '5005800000HEXCTAAP';
const NEW_ALBUM = '5005800000HEXCtAAP';

interface ImportAnswer {
  readonly id: string;
  readonly album_id: string;
}

/** From a release whose views have another number and come out otherwise to this one, and back. */
describe('a deploy of a release with another version of the views', () => {
  const data = temporaryDirectory();
  const copy = temporaryDirectory();
  const env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: data.path, PORT: '0' };
  const versions = new EmbeddedVersions(data.path);
  const running: TestProcess[] = [];
  let token: string;
  let oldUrl: string;

  const start = async (root?: string) => {
    const service = startProcess(env, undefined, root);
    running.push(service);
    return listening(service);
  };
  const statusOf = async (url: string) => (await fetch(url)).status;
  const request = (url: string, path: string, init: RequestInit = {}) =>
    fetch(`${url}/api/v1/imports${path}`, { ...init, headers: { Authorization: `Token token="${token}"` } });
  const list = async (url: string) => {
    const found: ImportAnswer[] = [];
    for (let path: string | null = '?limit=500'; path !== null; ) {
      const answer: Response = await request(url, path);
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
      found.push(...((await answer.json()) as ImportAnswer[]));
      path = /imports(\?[^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
    }
    return found;
  };
  const albumsOf = (listed: readonly ImportAnswer[]) => [...new Set(listed.map(({ album_id }) => album_id))];
  const post = async (url: string) => {
    const body = new URLSearchParams(DOCUMENT_BODY);
    return (await (await request(url, '', { method: 'POST', body })).json()) as ImportAnswer;
  };
  const recorded = async () => {
    const log = await openEmbeddedLog({ file: join(data.path, 'events.db') });
    try {
      return await log.readStream(OPERATIONS_STREAM);
    } finally {
      await log.close();
    }
  };
  const standing = async () =>
    (await versions.list()).find(({ name }) => name === String(VIEWS_VERSION))?.checkpoint ?? null;

  before(async () => {
    const log = await openEmbeddedLog({ file: join(data.path, 'events.db') });
    const ids = Array.from({ length: IMPORTS }, () => newId());
    await Promise.all(ids.map((id) => log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream')));
    await log.close();
    copyProject(copy.path, [
      ...VIEW_KINDS.map((kind) => ({
        file: `src/projections/views/${kind}-view.ts`,
        text: `version: ${views[kind].version},`,
        by: 'version: 6,',
      })),
      {
        file: 'src/projections/views/import-view.ts',
        text: '      album_id,\n',
        by: '      album_id: album_id === null ? null : album_id.toUpperCase(),\n',
      },
    ]);
    const added = await startImports(
      env,
      ['users', 'add', '--user', USER, '--organization', ORGANIZATION],
      copy.path,
    ).ended();
    expect(added.code, added.stderr).to.equal(0);
    token = (await imports(env, 'token', '--user', USER)).stdout.trim();
    oldUrl = await start(copy.path);
  });

  after(async () => {
    for (const service of running) await kill(service, 'SIGKILL');
    data.remove();
    copy.remove();
  });

  it('starts with a node that answers /livez with 503, and no list, until its views are whole', async () => {
    const seen = new Set<number>();
    await until('it is live', async () => {
      const listed = (await request(oldUrl, '')).status;
      const live = await statusOf(`${oldUrl}/livez`);
      seen.add(listed);
      if (live === 503) expect(listed).to.equal(503);
      return live === 200;
    });
    await until('it is ready', async () => (await statusOf(`${oldUrl}/readyz`)) === 200);
    expect([...seen]).to.not.include(404);
    expect(albumsOf(await list(oldUrl))).to.deep.equal([OLD_ALBUM]);
  });

  it('has its version filled by a replay beside the serving node, killed and resumed, which tells what differs', async () => {
    const plan = JSON.parse((await imports(env, 'replay', '--dry-run', '--json')).stdout);
    expect(plan).to.include({ version: String(VIEWS_VERSION), events: IMPORTS + 3, resumable: false, live: '6' });
    for (const share of [0, 0.3]) {
      const replay = startImports(env, ['replay', '--reason', REASON]);
      await until('it has come so far', async () => Number((await standing())?.position ?? -1) >= share * IMPORTS);
      await kill(replay, 'SIGKILL');
    }
    // Whatever the killed ones have left, also if the last one was done.
    if ((await standing())?.isFilled) await versions.remove(String(VIEWS_VERSION));
    const { code, stdout, stderr } = await imports(env, 'replay', '--json', '--reason', REASON);
    expect(code, stderr).to.equal(0);
    const said = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(said.pop()).to.deep.include({
      changed: IMPORTS,
      added: 0,
      removed: 0,
      late: 0,
      fields: { album_id: IMPORTS },
    });
    expect(said).to.have.length(IMPORTS);
    expect(said[0].changes).to.deep.equal([{ field: 'album_id', before: OLD_ALBUM, after: NEW_ALBUM }]);
    expect(albumsOf(await list(oldUrl))).to.deep.equal([OLD_ALBUM]);
    const records = (await recorded()).map(({ type, data }) => [type, JSON.parse(data)]);
    expect(records.at(-1)?.[0]).to.equal('ReplayCompleted');
    expect(records[0]?.[1]).to.include({ reason: REASON, made_by: `views-${VIEWS_VERSION}` });
    expect(records.at(-1)?.[1]).to.include({ changed: IMPORTS });
  });

  it('serves whole lists at once, side by side with the node of the release before', async () => {
    const newUrl = await start();
    expect(await statusOf(`${newUrl}/livez`)).to.equal(200);
    await until('it is ready', async () => (await statusOf(`${newUrl}/readyz`)) === 200);
    const [fromOld, fromNew] = [await post(oldUrl), await post(newUrl)];
    const show = async (url: string, id: string) => (await (await request(url, `/${id}`)).json()) as ImportAnswer;
    // At once, also by the node that did not record it.
    expect((await show(newUrl, fromOld.id)).album_id).to.equal(NEW_ALBUM);
    expect((await show(oldUrl, fromNew.id)).album_id).to.equal(OLD_ALBUM);
    for (const [url, album] of [
      [oldUrl, OLD_ALBUM],
      [newUrl, NEW_ALBUM],
    ] as const) {
      const listed = await until('it lists both', async () => {
        const all = await list(url);
        return all.length === IMPORTS + 2 ? all : null;
      });
      expect(albumsOf(listed)).to.deep.equal([album]);
    }
  });

  it('is rolled back to the version that the release before has left, which catches up', async () => {
    await kill(running[0] as TestProcess, 'SIGTERM');
    const again = await start(copy.path);
    await until('it is ready', async () => (await statusOf(`${again}/readyz`)) === 200);
    expect(await list(again)).to.have.length(IMPORTS + 2);
    oldUrl = again;
  });

  it('is followed by a replay that repairs every view in place and catches up, if the version is there already', async () => {
    await kill(running[1] as TestProcess, 'SIGTERM');
    const posted = await post(oldUrl);
    const database = new DatabaseSync(join(data.path, `views-${VIEWS_VERSION}.db`), { timeout: 2_000 });
    database.exec('UPDATE imports SET album_id = NULL WHERE id IN (SELECT id FROM imports LIMIT 3)');
    const { code, stderr } = await imports(env, 'replay', '--yes');
    expect(code, stderr).to.equal(0);
    const rows = database.prepare('SELECT id, album_id FROM imports').all() as unknown as ImportAnswer[];
    database.close();
    expect(rows).to.have.length(IMPORTS + 3);
    expect(rows.some(({ id }) => id === posted.id)).to.equal(true);
    expect(albumsOf(rows)).to.deep.equal([NEW_ALBUM]);
    expect((await recorded()).map(({ type }) => type).at(-1)).to.equal('ViewsRepaired');
  });

  it('keeps a version that a node uses, and removes it afterwards', async () => {
    const listed = (await imports(env, 'versions', 'list', '--json')).stdout.trimEnd().split('\n');
    expect(listed.map((line) => JSON.parse(line).version)).to.deep.equal(['6', String(VIEWS_VERSION)]);
    expect((await imports(env, 'versions', 'remove', '6', '--yes')).code).to.equal(1);
    expect((await imports(env, 'versions', 'remove', '5', '--yes')).code).to.equal(4);
  });
});
