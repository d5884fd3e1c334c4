import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import type { ViewWrite } from '../../../src/projections/projector-store.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { describeWithMongoJavaServer, startMongoJavaServer } from '../../support/mongo-java-server.ts';
import type { TestMongodb } from '../../support/mongodb.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { importView } from '../some-views.ts';

const NODES = 3;
const WRITERS_PER_NODE = 12;
const STREAMS = 12;

describeWithMongoJavaServer('views in MongoDB that many write at once', () => {
  let server: TestMongodb;
  let proxy: TcpProxy;
  let nodes: ReadModel[];

  before(async () => {
    server = await startMongoJavaServer();
    proxy = await startProxy(server.port);
  });

  after(async () => {
    await proxy.stop();
    await server.remove();
  });

  beforeEach(async () => {
    const url = `mongodb://127.0.0.1:${proxy.port}/views_${randomUUID().slice(0, 8)}`;
    nodes = await Promise.all(Array.from({ length: NODES }, () => openMongoReadModel({ url })));
  });

  afterEach(() => Promise.all(nodes.map((node) => node.close())));

  /** As any projector makes it of the stream's events up to this revision. */
  const viewAt = (stream: number, revision: number) =>
    importView({ id: `import-${stream}`, params: JSON.stringify({ stream, revision }) });

  let written: number;

  /** Every writer writes until there are enough writes. Returns the views that one of them saw go back. */
  const race = async (writes: number): Promise<string[]> => {
    written = 0;
    const wentBack: string[] = [];
    const writer = async (node: ReadModel, stream: number) => {
      // The least revision that the view has to be at, as this writer knows.
      let known = -1;
      while (written < writes) {
        const before = await node.get('import', `import-${stream}`);
        const revision = before?.revision ?? -1;
        if (revision < known) wentBack.push(`${stream}: ${known} to ${revision}`);
        const expectedRevision = before === null ? null : revision;
        const next: ViewWrite = {
          kind: 'import',
          expectedRevision,
          revision: revision + 1,
          view: viewAt(stream, revision + 1),
        };
        const [outcome] = await node.write({ writes: [next] });
        // Lost: another has been here, so it is further at any rate.
        known = revision + 1;
        if (outcome === 'written') written += 1;
      }
    };
    const writersOf = (node: ReadModel) =>
      Array.from({ length: WRITERS_PER_NODE }, (_, place) => writer(node, place % STREAMS));
    await Promise.all(nodes.flatMap(writersOf));
    return wentBack;
  };

  const expectAllThere = async (writes: number) => {
    for (let stream = 0; stream < STREAMS; stream += 1) {
      const { revision, view } = (await nodes[0]?.get('import', `import-${stream}`)) ?? {};
      expect(revision).to.be.greaterThan(writes / STREAMS / 10);
      expect(view?.params).to.equal(viewAt(stream, revision as number).params);
    }
  };

  it('never go back, and lose no write', async () => {
    expect(await race(1_500)).to.deep.equal([]);
    await expectAllThere(1_500);
  });

  it('do not go back even if all connections are reset repeatedly, which no writer notices', async () => {
    const racing = race(1_500);
    for (let resets = 1; resets <= 5; resets += 1) {
      await Promise.race([racing, until('they go on', () => written > resets * 250)]);
      proxy.reset();
    }
    expect(await racing).to.deep.equal([]);
    await expectAllThere(1_500);
  });
});
