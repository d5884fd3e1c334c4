import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { times } from '../../support/eventstore/stand-in.ts';
import { until } from '../../support/until.ts';
import {
  ANSWERED_WITHIN_MS,
  type Answered,
  describeOnEngines,
  type Engines,
  IMPORTS,
  idOf,
  type Node,
  startEngines,
  TOLD_WITHIN_MS,
} from './engines.ts';

describeOnEngines('EventStoreDB away', (mongodb) => {
  let engines: Engines;
  let node: Node;
  let posted: Answered;

  beforeEach(async () => {
    engines = await startEngines(mongodb());
    node = await engines.startNode();
    await node.ready();
    posted = await node.post();
  });

  afterEach(() => engines?.stop());

  function expectRefused({ status, headers, text, ms }: Answered): void {
    expect([status, headers.get('retry-after')], text).to.deep.equal([503, '1']);
    expect(JSON.parse(text)).to.include({ type: 'urn:import-api:problem:log-unavailable' });
    expect(ms).to.be.below(ANSWERED_WITHIN_MS);
  }

  /** The answer to a POST, once it is taken. */
  const taken = (by: Node, key: string = randomUUID()) =>
    until('the POST is taken', async () => {
      const answer = await by.post({ 'Idempotency-Key': key });
      return answer.status === 200 ? answer : null;
    });

  for (const [what, takeAway, comeBack] of [
    ['stopped', () => engines.eventStore.stop(), () => engines.eventStore.start()],
    ['cut off', () => node.toEventStore.cut(), () => node.toEventStore.resume()],
    ['frozen', () => node.toEventStore.freeze(), () => node.toEventStore.resume()],
    ['half-open', () => node.toEventStore.isolate(), () => node.toEventStore.resume()],
  ] as const) {
    describe(`(${what})`, () => {
      beforeEach(() => takeAway());

      it('a POST is refused in time, GETs go on and quickly, and POSTs are taken again once it is back', async () => {
        let refused = 0;
        const posts = (async () => {
          for (; refused < 2; refused += 1) expectRefused(await node.post({ 'Idempotency-Key': 'k' }));
        })();
        posts.catch(() => {
          refused = 2;
        });
        const times: number[] = [];
        while (refused < 2 || times.length < 40) {
          const one = await node.request(`${IMPORTS}/${idOf(posted)}`);
          const list = await node.list();
          expect([one.status, one.text]).to.deep.equal([200, posted.text]);
          expect([list.status, list.text]).to.deep.equal([200, `[${posted.text}]`]);
          times.push(one.ms, list.ms);
        }
        await posts;
        // Only the request that learns that it is away waits for it.
        expect(times.filter((ms) => ms > 400).length).to.be.at.most(1);
        await comeBack();
        const again = await taken(node, 'k');
        await node.ready();
        expect((await node.list()).text).to.equal(`[${again.text},${posted.text}]`);
        expect(engines.events()).to.have.length(2);
      });

      it('/readyz and /metrics tell so, and tell when it is back', async () => {
        const readiness = await until(
          'it is told',
          async () => {
            const told = await node.readiness();
            return told.status === 503 && told.projector !== 'ok' ? told : null;
          },
          TOLD_WITHIN_MS,
        );
        expect(readiness.log).to.match(/^The event log is unavailable: EventStoreDB /);
        expect(readiness.read_model).to.equal('ok');
        expect([await node.metric('log_up'), await node.metric('read_model_up')]).to.deep.equal([0, 1]);
        expect(await node.metric('projector_lag_seconds')).to.be.above(0);
        expect((await node.request('/livez')).status).to.equal(200);
        await comeBack();
        await node.ready();
        expect([await node.metric('log_up'), await node.metric('read_model_up')]).to.deep.equal([1, 1]);
        expect([await node.metric('projector_lag_events'), await node.metric('projector_lag_seconds')]).to.deep.equal([
          0, 0,
        ]);
      });
    });
  }

  describe('in the middle of an append', () => {
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
      ['before it is written, the connection drops', 'beforeAppend', 'drop'],
      ['after it is written, the connection drops', 'afterAppend', 'drop'],
      ['before it is written, it hangs', 'beforeAppend', 'hang'],
      ['after it is written, it hangs', 'afterAppend', 'hang'],
    ] as const) {
      it(`${when}: with its key the POST is recorded once`, async () => {
        engines.eventStore.faults[fault] = times(1, silence);
        const first = await node.post({ 'Idempotency-Key': 'k' });
        expect(first.ms).to.be.below(ANSWERED_WITHIN_MS);
        const second = await repeat();
        if (first.status === 200) expect(second.text).to.equal(first.text);
        else expectRefused(first);
        await expectOnce(second);
      });
    }

    it('a POST without a key is recorded once where the node itself learns the outcome', async () => {
      engines.eventStore.faults.afterAppend = times(1, 'drop');
      const answer = await node.post();
      expect(answer.status).to.equal(200);
      await expectOnce(answer);
    });

    it('it freezes: with its key the POST is recorded once', async () => {
      engines.eventStore.faults.afterAppend = times(1, 'hang');
      const { appends } = engines.eventStore.calls;
      const first = node.post({ 'Idempotency-Key': 'k' });
      await until('the append is there', () => engines.eventStore.calls.appends > appends);
      node.toEventStore.freeze();
      expectRefused(await first);
      node.toEventStore.resume();
      await expectOnce(await repeat());
    });

    it('the node is killed: with its key the POST is recorded once', async () => {
      engines.eventStore.faults.afterAppend = times(1, 'hang');
      const { appends } = engines.eventStore.calls;
      const first = node.post({ 'Idempotency-Key': 'k' }).then(
        () => 'answered',
        () => 'broken off',
      );
      await until('the append is there', () => engines.eventStore.calls.appends > appends);
      await node.kill();
      expect(await first).to.equal('broken off');
      await node.start();
      await expectOnce(await repeat());
    });
  });

  it('refuses work for a while (not ready, too busy): POSTs get 503 and are taken again afterwards', async () => {
    for (const fault of ['notReady', 'unavailable'] as const) {
      engines.eventStore.faults[fault] = true;
      expectRefused(await node.post());
      expect((await node.request(`${IMPORTS}/${idOf(posted)}`)).text).to.equal(posted.text);
      engines.eventStore.faults.clear();
      await until('a POST is taken', async () => (await node.post()).status === 200);
    }
  });

  it('ends or stalls its subscriptions: what another node appends is followed all the same', async () => {
    const other = await engines.startNode();
    await other.ready();
    // So that it is this node which projects what the other appends.
    other.toMongodb.cut();
    engines.eventStore.faults.dropSubscriptions();
    const first = await taken(other);
    await until('the list has it', async () => (await node.list()).text === `[${first.text},${posted.text}]`);
    engines.eventStore.faults.stallSubscriptions = true;
    const second = await taken(other);
    await until('the lag is told', async () => (await node.metric('projector_lag_seconds')) !== 0);
    engines.eventStore.faults.clear();
    await until('the list has it', async () => (await node.list()).text.startsWith(`[${second.text},`));
  });
});
