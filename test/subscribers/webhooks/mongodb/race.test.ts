import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { DeliveryStore, Lease } from '../../../../src/subscribers/webhooks/delivery-store.ts';
import { openMongoDeliveryStore } from '../../../../src/subscribers/webhooks/mongodb/open.ts';
import { describeWithMongoJavaServer, startMongoJavaServer } from '../../../support/mongo-java-server.ts';
import type { TestMongodb } from '../../../support/mongodb.ts';
import { startProxy, type TcpProxy } from '../../../support/tcp-proxy.ts';
import { someDelivery } from '../some-deliveries.ts';

const NODES = 4;
const ENDPOINTS = Array.from({ length: 8 }, (_, number) => `endpoint-${number}`);

describeWithMongoJavaServer('nodes that share a store of deliveries in MongoDB', () => {
  let server: TestMongodb;
  let proxy: TcpProxy;
  let nodes: DeliveryStore[];

  before(async () => {
    server = await startMongoJavaServer();
    proxy = await startProxy(server.port);
  });

  after(async () => {
    await proxy.stop();
    await server.remove();
  });

  beforeEach(async () => {
    const url = `mongodb://127.0.0.1:${proxy.port}/deliveries_${randomUUID().slice(0, 8)}`;
    nodes = await Promise.all(Array.from({ length: NODES }, () => openMongoDeliveryStore({ url })));
  });

  afterEach(() => Promise.all(nodes.map((node) => node.close())));

  /** In each round, every node tries to take every lease as it saw it. Gives how many got each. */
  const race = async (rounds: number): Promise<Set<number>> => {
    const takers = new Set<number>();
    for (let beat = 1; beat <= rounds; beat += 1) {
      const seen = await (nodes[0] as DeliveryStore).leases();
      const taken = ENDPOINTS.map(async (endpoint) => {
        const lease = seen.find((one) => one.endpoint === endpoint) ?? null;
        const tries = nodes.map((node, number) => node.take({ endpoint, holder: `node-${number}`, beat }, lease));
        return (await Promise.all(tries)).filter((isTaken) => isTaken).length;
      });
      for (const count of await Promise.all(taken)) takers.add(count);
    }
    return takers;
  };

  it('never hold a lease in twos', async () => {
    expect([...(await race(40))]).to.deep.equal([1]);
  });

  it('know that they took a lease although the answer was lost', async () => {
    const [node] = nodes as [DeliveryStore];
    const [first, second] = [1, 2].map((beat) => ({ endpoint: 'one', holder: 'node-0', beat })) as [Lease, Lease];
    proxy.cutAnswersAfter(0);
    expect(await node.take(first, null)).to.equal(true);
    proxy.cutAnswersAfter(0);
    expect(await node.take(second, first)).to.equal(true);
    expect(await node.leases()).to.deep.equal([second]);
  });

  it('save the same deliveries at once', async () => {
    const deliveries = Array.from({ length: 300 }, (_, place) => someDelivery('endpoint-1', place));
    const [tried, untried] = [deliveries.slice(0, 150), deliveries.slice(150)];
    const attempts = [{ at: '2026-01-01T00:00:00.000Z', ms: 1, status: 500, answer: null, failure: null }];
    const all = [...tried.map((delivery) => ({ ...delivery, tries: 1, attempts })), ...untried];
    await Promise.all(nodes.map((node) => node.save('endpoint-1', all, null)));
    expect(await nodes[0]?.waiting('endpoint-1')).to.deep.equal(all);
  });
});
