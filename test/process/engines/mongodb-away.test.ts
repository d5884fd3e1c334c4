import { expect } from 'chai';
import { until } from '../../support/until.ts';
import { type Answered, describeOnEngines, type Engines, IMPORTS, idOf, type Node, startEngines } from './engines.ts';

describeOnEngines('while MongoDB is away', (mongodb) => {
  let engines: Engines;
  let node: Node;
  let before: Answered;

  beforeEach(async () => {
    engines = await startEngines(mongodb());
    node = await engines.startNode();
    await node.ready();
    before = await node.post();
  });

  afterEach(() => engines?.stop());

  for (const [what, takeAway] of [
    ['cut off', () => node.toMongodb.cut()],
    ['frozen', () => node.toMongodb.freeze()],
  ] as const) {
    it(`(${what}), POSTs are answered and GETs refused, operators are told, and all is in the list once it is back`, async () => {
      const beganAtMs = performance.now();
      takeAway();
      const posted: Answered[] = [];
      for (let number = 0; number < 10; number += 1) posted.unshift(await node.post());
      const many = await Promise.all(Array.from({ length: 20 }, () => node.post()));
      for (const { status, text } of [...posted, ...many]) expect([status, text.length]).to.deep.equal([200, 509]);
      for (const path of [IMPORTS, `${IMPORTS}/${idOf(before)}`]) {
        const { status, headers, text } = await node.request(path);
        expect([status, headers.get('retry-after')]).to.deep.equal([503, '1']);
        expect(JSON.parse(text)).to.include({ type: 'urn:import-api:problem:read-model-unavailable' });
      }
      const key = { 'Idempotency-Key': 'k' };
      const keyed = await node.post(key);
      expect((await node.post(key)).text).to.equal(keyed.text);
      expect((await node.post(key, 'album_id=other')).status).to.equal(422);

      const readiness = await until('it is told', async () => {
        const told = await node.readiness();
        return told.status === 503 && told.projector !== 'ok' ? told : null;
      });
      expect(readiness.log).to.equal('ok');
      expect(readiness.read_model).to.match(/^The read model is unavailable: /);
      expect([await node.metric('imports_log_up'), await node.metric('imports_read_model_up')]).to.deep.equal([1, 0]);
      expect(await node.metric('imports_projector_lag_seconds')).to.be.above(0);
      expect(await node.metric('imports_projector_lag_events')).to.be.above(0);
      expect((await node.request('/livez')).status).to.equal(200);

      node.toMongodb.resume();
      const all = [keyed, ...posted, ...many, before].map(({ text }) => text);
      const listed = await until('the list has them all', async () => {
        const { status, text } = await node.list();
        return status === 200 && (JSON.parse(text) as object[]).length === all.length ? text : null;
      });
      const texts = (JSON.parse(listed) as object[]).map((one) => JSON.stringify(one));
      expect(texts.toSorted()).to.deep.equal(all.toSorted());
      await node.ready();
      expect([await node.metric('imports_log_up'), await node.metric('imports_read_model_up')]).to.deep.equal([1, 1]);
      expect(await node.metric('imports_projector_lag_events')).to.equal(0);
      for (const one of [posted[0], many[0], before] as Answered[]) {
        expect((await node.request(`${IMPORTS}/${idOf(one)}`)).text).to.equal(one.text);
      }
      expect(engines.events()).to.have.length(all.length);
      // A request that fails by the same outage as others is not another piece of news, for ten seconds.
      const tens = Math.floor((performance.now() - beganAtMs) / 10_000);
      const told = node
        .log()
        .split('\n')
        .filter((line) => line.includes('not projected'));
      expect(told.length).to.be.within(1, 2 + tens);
    });
  }

  it('together with EventStoreDB, requests are refused and both are told of; all goes on once they are back', async () => {
    node.toMongodb.freeze();
    node.toEventStore.cut();
    const { status, headers } = await node.post();
    expect([status, headers.get('retry-after')]).to.deep.equal([503, '1']);
    const readiness = await node.readiness();
    expect(readiness.log).to.match(/^The event log is unavailable: /);
    expect(readiness.read_model).to.match(/^The read model is unavailable: /);
    node.toEventStore.resume();
    const posted = await until('a POST is taken', async () => {
      const answer = await node.post({ 'Idempotency-Key': 'k' });
      return answer.status === 200 ? answer : null;
    });
    node.toMongodb.resume();
    await node.ready();
    expect((await node.list()).text).to.equal(`[${posted.text},${before.text}]`);
  });
});
