import { expect } from 'chai';
import { EVENTS, openStream, type ReadStream, readPage, type Sent } from '../../support/feed.ts';
import { until } from '../../support/until.ts';
import { authorization, describeOnEngines, type Engines, idOf, type Node, startEngines } from './engines.ts';

describeOnEngines('the feed', (mongodb) => {
  let engines: Engines;
  let node: Node;
  let stream: ReadStream;
  const subjects = (events: readonly Sent[]) => events.map(({ subject }) => subject);
  /** What reads a page of the node. */
  const asService = () => ({
    request: async (path: string, init: RequestInit = {}) => {
      const { status, text, headers } = await node.request(path, init);
      return new Response(text, { status, headers });
    },
  });
  const page = (query = '') => readPage(asService(), query);
  const posted = async () => {
    const answer = await until('it is taken', async () => {
      const found = await node.post();
      return found.status === 200 && found;
    });
    return idOf(answer);
  };

  beforeEach(async () => {
    engines = await startEngines(mongodb());
    node = await engines.startNode();
    await node.ready();
    stream = await openStream(node.url() + EVENTS, authorization());
    await until('it has begun', () => stream.heartbeats() === 1);
  });

  afterEach(async () => {
    stream?.close();
    await engines?.stop();
  });

  for (const how of ['cut', 'freeze'] as const) {
    it(`goes on without MongoDB (${how})`, async () => {
      node.toMongodb[how]();
      const ids = [await posted(), await posted(), await posted()];
      await until('they came', () => stream.events.length === 3);
      expect(subjects(stream.events)).to.deep.equal(ids);
      expect(subjects((await page()).events)).to.deep.equal(ids);
      const waiting = page(`?after=${(await page()).after}`);
      expect((await waiting).events).to.deep.equal([]);
    });

    it(`keeps its streams open while EventStoreDB is away (${how}), and leaves nothing out once it is back`, async () => {
      const before = await posted();
      await until('it came', () => stream.events.length === 1);
      node.toEventStore[how]();
      const away = await until('it is noticed', async () => {
        const answer = await node.request(`${EVENTS}?after=${stream.events[0]?.cursor}`);
        return answer.status === 503 && answer;
      });
      expect(JSON.parse(away.text)).to.include({ type: 'urn:import-api:problem:log-unavailable' });
      expect(stream.isOver()).to.equal(false);
      node.toEventStore.resume();
      const ids = [before, await posted(), await posted()];
      await until('they came', () => stream.events.length >= 3, 20_000);
      // A POST that was refused may have been recorded all the same.
      expect(subjects(stream.events)).to.include.members(ids);
      expect(subjects(stream.events)).to.deep.equal(subjects((await page()).events));
    });
  }

  it('of one node has what another node appends', async () => {
    const other = await engines.startNode();
    await other.ready();
    const id = idOf(await other.post());
    await until('it came', () => stream.events.length === 1);
    expect(subjects(stream.events)).to.deep.equal([id]);
  });
});
