import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { imports } from '../../support/imports.ts';
import type { Ended } from '../../support/process.ts';
import { VIEWS_FILE } from '../../support/stores.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';
import { describeOnEngines, type Engines, everyImport, IMPORTS, idOf, type Node, startEngines } from './engines.ts';

describeOnEngines('a service on one engine alone', (mongodb) => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let engines: Engines;
  let node: Node;

  beforeEach(async () => {
    directory = temporaryDirectory();
    engines = await startEngines(mongodb());
  });

  afterEach(async () => {
    await engines?.stop();
    directory.remove();
  });

  /** Three POSTs, newest first, each of which is found by its id. */
  async function postSome(): Promise<string[]> {
    const posted: string[] = [];
    for (let number = 0; number < 3; number += 1) {
      const answer = await node.post();
      expect((await node.request(`${IMPORTS}/${idOf(answer)}`)).text).to.equal(answer.text);
      posted.unshift(answer.text);
    }
    return posted;
  }

  async function dropDatabase(): Promise<void> {
    const client = await MongoClient.connect(engines.env.MONGODB_URL as string);
    try {
      await client.db().dropDatabase();
    } finally {
      await client.close();
    }
  }

  const listIs = (texts: readonly string[]) =>
    until('the list is whole', async () => (await node.list()).text === `[${texts}]`);

  it('has embedded views beside EventStoreDB, which outlive a restart and are rebuilt if they were deleted', async () => {
    node = await engines.startNode({ MONGODB_URL: '', DATA_DIR: directory.path });
    await node.ready();
    const posted = await postSome();
    expect(engines.events()).to.have.length(3);
    await node.stop();
    await node.start();
    await listIs(posted);
    await node.stop();
    for (const end of ['', '-wal', '-shm']) rmSync(join(directory.path, `${VIEWS_FILE}${end}`), { force: true });
    await node.start();
    await listIs(posted);
    expect(await everyImport(node)).to.deep.equal(posted);
  });

  it('has views in MongoDB beside the embedded log, which outlive a restart and are rebuilt if they are dropped under it', async () => {
    node = await engines.startNode({ EVENTSTORE_URL: '', DATA_DIR: directory.path });
    await node.ready();
    const posted = await postSome();
    await node.stop();
    await node.start();
    await listIs(posted);
    await node.ready();
    await dropDatabase();
    await listIs(posted);
    posted.unshift((await node.post()).text);
    await listIs(posted);
    expect(engines.events()).to.deep.equal([]);
  });

  it('has the same views after its log moved to the engines and back', async () => {
    node = await engines.startNode({ MONGODB_URL: '', EVENTSTORE_URL: '', DATA_DIR: directory.path });
    await node.ready();
    const posted = await postSome();
    await node.stop();
    const embedded = { ...engines.env, EVENTSTORE_URL: '', MONGODB_URL: '', DATA_DIR: directory.path };
    const file = join(directory.path, 'events.ndjson');
    const done = ({ code, stderr }: Ended) => expect(code, stderr).to.equal(0);
    done(await imports(embedded, 'export', '--output', file));
    done(await engines.imports('load', file));
    node = await engines.startNode();
    await listIs(posted);
    posted.unshift((await node.post()).text);
    const back = join(directory.path, 'back.ndjson');
    done(await engines.imports('export', '--output', back));
    const other = { ...embedded, DATA_DIR: join(directory.path, 'other') };
    done(await imports(other, 'load', back));
    node = await engines.startNode(other);
    await listIs(posted);
  });
});
