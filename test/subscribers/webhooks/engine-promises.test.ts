import { expect } from 'chai';
import fc from 'fast-check';
import { type Does, type Posted, World } from './world/world.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** What a receiver does, by a number that is drawn for each POST. */
const RECEIVERS: { readonly [name: string]: (drawn: number) => Does } = {
  works: () => 200,
  'is down': () => 'connection_failed',
  'is flaky': (drawn) => (drawn % 3 === 0 ? 500 : 204),
  'hangs now and then': (drawn) => (drawn % 5 === 0 ? 'hangs' : 200),
};

const step = fc.record({
  publish: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 }),
  receiver: fc.constantFrom(...Object.keys(RECEIVERS)),
  passMs: fc.integer({ min: 0, max: 20 * SECOND }),
  happens: fc.constantFrom(
    'nothing',
    'nothing',
    'a kill',
    'a kill that is known',
    'a stop',
    'the store goes',
    'the store comes',
  ),
});

describe('the engine of webhooks, whatever happens,', () => {
  it('sends every event at least once, and none before the one before it of its import was acknowledged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 12 }), async (ordered, steps) => {
        const world = new World();
        const id = await world.register({ ordered });
        const acknowledged = new Set<string>();
        let receiver = RECEIVERS.works as (drawn: number) => Does;
        world.receive = (posted: Posted) => {
          const { events } = world.memory;
          const event = events.find((one) => one.id === posted.id);
          const before = events.filter(
            ({ stream, type, position }) =>
              type === 'ImportRequested' &&
              position < (event?.position as bigint) &&
              (ordered || stream === event?.stream),
          );
          expect(before.filter((one) => !acknowledged.has(one.id))).to.deep.equal([]);
          const does = receiver(world.posted.length);
          if (typeof does === 'number' && does < 300) acknowledged.add(posted.id);
          return does;
        };
        let nodes = 1;
        await world.start('node1');
        for (const { publish, receiver: name, passMs, happens } of steps) {
          world.publish(...publish);
          receiver = RECEIVERS[name] as typeof receiver;
          const node = `node${nodes}`;
          if (happens === 'the store goes') world.store.isAway = true;
          if (happens === 'the store comes') world.store.isAway = false;
          if (happens.startsWith('a kill') || happens === 'a stop') {
            if (happens === 'a kill that is known') world.ended.add(node);
            if (happens === 'a stop') {
              world.store.isAway = false;
              const stopped = world.engines.get(node)?.stop(0);
              await world.pass(10 * SECOND);
              await stopped;
            } else {
              world.kill(node);
            }
            nodes += 1;
            await world.start(`node${nodes}`);
          }
          await world.pass(passMs);
        }
        receiver = () => 200;
        world.store.isAway = false;
        await world.pass(HOUR);
        const imports = world.memory.events.filter(({ type }) => type === 'ImportRequested');
        expect(imports.filter((event) => !acknowledged.has(event.id))).to.deep.equal([]);
        const { ended = 0, waiting = 0, given_up = 0 } = world.statuses(id);
        expect({ ended, waiting, given_up }).to.deep.equal({ ended: 0, waiting: 0, given_up: 0 });
      }),
      { numRuns: Number(process.env.RUNS ?? 25) },
    );
  });
});
