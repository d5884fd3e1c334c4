import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { times } from '../../support/eventstore/stand-in.ts';
import { until } from '../../support/until.ts';
import { type Answered, describeOnEngines, type Engines, IMPORTS, idOf, type Node, startEngines } from './engines.ts';

describeOnEngines('while EventStoreDB is away', (mongodb) => {
  let engines: Engines;
  let node: Node;
  let posted: Answered;

  const start = async (how: 'startNode' | 'startProcess' = 'startNode') => {
    engines = await startEngines(mongodb());
    node = await engines[how]();
    await node.ready();
    posted = await node.post();
  };

  afterEach(() => engines?.stop());

  function expectRefused({ status, headers, text }: Answered): void {
    expect([status, headers.get('retry-after')], text).to.deep.equal([503, '1']);
    expect(JSON.parse(text)).to.include({ type: 'urn:import-api:problem:log-unavailable' });
  }

  /** The answer to a POST, once it is taken. */
  const taken = (by: Node, key: string = randomUUID()) =>
    until('the POST is taken', async () => {
      const answer = await by.post({ 'Idempotency-Key': key });
      return answer.status === 200 ? answer : null;
    });

  for (const [what, takeAway] of [
    ['cut off', () => node.toEventStore.cut()],
    ['frozen', () => node.toEventStore.freeze()],
  ] as const) {
    it(`(${what}), POSTs are refused and GETs answered, operators are told, and POSTs are taken once it is back`, async () => {
      await start();
      takeAway();
      let refused = 0;
      const posts = (async () => {
        for (; refused < 2; refused += 1) expectRefused(await node.post({ 'Idempotency-Key': 'k' }));
      })();
      posts.catch(() => {
        refused = 2;
      });
      // Only the request that learns that it is away waits for it: did each of so many, they would take longer than a test may.
      for (let gets = 0; refused < 2 || gets < 40; gets += 1) {
        const one = await node.request(`${IMPORTS}/${idOf(posted)}`);
        const list = await node.list();
        expect([one.status, one.text]).to.deep.equal([200, posted.text]);
        expect([list.status, list.text]).to.deep.equal([200, `[${posted.text}]`]);
      }
      await posts;
      const readiness = await until('it is told', async () => {
        const told = await node.readiness();
        return told.status === 503 && told.projector !== 'ok' ? told : null;
      });
      expect(readiness.log).to.match(/^The event log is unavailable: EventStoreDB /);
      expect(readiness.read_model).to.equal('ok');
      expect([await node.metric('imports_log_up'), await node.metric('imports_read_model_up')]).to.deep.equal([0, 1]);
      expect(await node.metric('imports_projector_lag_seconds')).to.be.above(0);
      expect((await node.request('/livez')).status).to.equal(200);
      node.toEventStore.resume();
      const again = await taken(node, 'k');
      await node.ready();
      expect((await node.list()).text).to.equal(`[${again.text},${posted.text}]`);
      expect(engines.events()).to.have.length(2);
      const metrics = [
        'imports_log_up',
        'imports_read_model_up',
        'imports_projector_lag_events',
        'imports_projector_lag_seconds',
      ];
      expect(await Promise.all(metrics.map(node.metric))).to.deep.equal([1, 1, 0, 0]);
    });
  }

  describe('from the middle of an append on,', () => {
    const repeat = () => taken(node, 'k');
    const expectOnce = async (answer: Answered) => {
      expect(engines.events().map(({ stream }) => stream)).to.deep.equal([
        `import-${idOf(posted)}`,
        `import-${idOf(answer)}`,
      ]);
      await node.ready();
      expect((await node.list()).text).to.equal(`[${answer.text},${posted.text}]`);
    };

    for (const [when, fault, silence] of [
      ['the connection drops before it is written', 'beforeAppend', 'drop'],
      ['there is no answer after it is written', 'afterAppend', 'hang'],
    ] as const) {
      it(`since ${when}, a POST with a key is recorded once`, async () => {
        await start();
        engines.eventStore.faults[fault] = times(1, silence);
        const first = await node.post({ 'Idempotency-Key': 'k' });
        const second = await repeat();
        if (first.status === 200) expect(second.text).to.equal(first.text);
        else expectRefused(first);
        await expectOnce(second);
      });
    }

    it('a POST without a key is recorded once where the node itself learns the outcome', async () => {
      await start();
      engines.eventStore.faults.afterAppend = times(1, 'drop');
      const answer = await node.post();
      expect(answer.status).to.equal(200);
      await expectOnce(answer);
    });

    it('since the network freezes, a POST with a key is recorded once', async () => {
      await start();
      engines.eventStore.faults.afterAppend = times(1, 'hang');
      const { appends } = engines.eventStore.calls;
      const first = node.post({ 'Idempotency-Key': 'k' });
      await until('the append is there', () => engines.eventStore.calls.appends > appends);
      node.toEventStore.freeze();
      expectRefused(await first);
      node.toEventStore.resume();
      await expectOnce(await repeat());
    });

    it('since the node is killed, a POST with a key is recorded once', async () => {
      await start('startProcess');
      engines.eventStore.faults.afterAppend = times(1, 'hang');
      const { appends } = engines.eventStore.calls;
      const first = node.post({ 'Idempotency-Key': 'k' }).then(
        () => 'answered',
        () => 'broken off',
      );
      await until('the append is there', () => engines.eventStore.calls.appends > appends);
      await node.stop();
      expect(await first).to.equal('broken off');
      await node.start();
      await expectOnce(await repeat());
    });
  });

  it('since it refuses work for a while (not ready, too busy), POSTs get 503 and are taken again afterwards', async () => {
    await start();
    for (const fault of ['notReady', 'unavailable'] as const) {
      engines.eventStore.faults[fault] = true;
      expectRefused(await node.post());
      expect((await node.request(`${IMPORTS}/${idOf(posted)}`)).text).to.equal(posted.text);
      engines.eventStore.faults.clear();
      await until('a POST is taken', async () => (await node.post()).status === 200);
    }
  });

  it('for subscriptions alone, which it ends or stalls, what another node appends is followed all the same', async () => {
    await start();
    const other = await engines.startNode();
    await other.ready();
    // So that it is this node which projects what the other appends.
    other.toMongodb.cut();
    engines.eventStore.faults.dropSubscriptions();
    const first = await taken(other);
    await until('the list has it', async () => (await node.list()).text === `[${first.text},${posted.text}]`);
    engines.eventStore.faults.stallSubscriptions = true;
    const second = await taken(other);
    await until('the lag is told', async () => (await node.metric('imports_projector_lag_seconds')) !== 0);
    engines.eventStore.faults.clear();
    await until('the list has it', async () => (await node.list()).text.startsWith(`[${second.text},`));
  });
});
