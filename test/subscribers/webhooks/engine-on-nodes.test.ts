import { expect } from 'chai';
import type { Execute } from '../../../src/commands/execute.ts';
import { markOf } from '../../../src/subscribers/webhooks/mark.ts';
import { MemoryStore } from './world/memory-store.ts';
import { World } from './world/world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const numbered = (count: number, name = 'import') => Array.from({ length: count }, (_, index) => `${name}${index}`);

describe('the engine of webhooks', () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  describe('on several nodes,', () => {
    it('serves each endpoint on one of them', async () => {
      for (let count = 0; count < 5; count += 1) await world.register();
      world.publish('a');
      await Promise.all([world.start('one'), world.start('other')]);
      await world.pass(MINUTE);
      expect(world.posted).to.have.length(5);
    });

    it('goes on at another node within 10 s after one died, with what was not acknowledged', async () => {
      const id = await world.register();
      await world.start('one');
      await world.pass(SECOND);
      world.receive = ({ node }) => (node === 'one' ? 'hangs' : 200);
      world.publish('a', 'b');
      await world.pass(SECOND);
      await world.start('other');
      await world.pass(5 * SECOND);
      expect(world.posted.map(({ node }) => node)).to.deep.equal(['one', 'one']);
      world.kill('one');
      const diedAtMs = world.clock.elapsed();
      await world.pass(10 * SECOND);
      const after = world.posted.filter(({ node }) => node === 'other');
      expect(after.map(({ stream }) => stream)).to.have.members([world.streamOf('a'), world.streamOf('b')]);
      expect((after[0]?.atMs as number) - diedAtMs).to.be.below(10 * SECOND);
      expect(world.lines.join('\n')).to.contain('instead of a node that has ended');
      await world.pass(SECOND);
      expect(world.statuses(id)).to.deep.equal({ delivered: 2 });
    });

    it('takes over at once from a process of the same machine that has ended', async () => {
      const id = await world.register();
      await world.store.take({ endpoint: 'dead', holder: 'dead', beat: 3 }, null);
      await world.store.take({ endpoint: id, holder: 'dead', beat: 4 }, null);
      world.ended.add('dead');
      world.publish('a');
      await world.start();
      expect(world.sent).to.deep.equal(['a']);
      expect([...world.store.held.keys()]).to.have.members(['node', id]);
    });

    it('gives its endpoints to another node when it stops', async () => {
      await world.register();
      const one = await world.start('one');
      await world.start('other');
      await one.stop(0);
      world.publish('a');
      await world.pass(2 * SECOND);
      expect(world.posted.map(({ node }) => node)).to.deep.equal(['other']);
    });

    it('stops sending when it cannot renew its lease for 5 s, and goes on when it can', async () => {
      await world.register();
      await world.start();
      world.receive = () => 'hangs';
      world.publish('a');
      await world.pass(SECOND);
      world.store.isAway = true;
      await world.pass(10 * SECOND);
      world.receive = () => 200;
      await world.pass(MINUTE);
      expect(world.sent).to.deep.equal(['a']);
      world.store.isAway = false;
      await world.pass(10 * SECOND);
      expect(world.sent).to.deep.equal(['a', 'a']);
    });

    it('warns of another node that sends with a store of its own', async () => {
      const id = await world.register();
      await world.start('one');
      await world.pass(MINUTE);
      expect(world.lines.join('\n')).not.to.contain('WEBHOOKS=off');
      world.store = new MemoryStore();
      await world.start('other');
      world.publish('a');
      await world.pass(3 * MINUTE);
      expect(world.lines.join('\n')).to.contain('WEBHOOKS=off').and.contain(id);
    });

    it('warns of it too if both took the endpoint at the same moment, and so record the same watermarks', async () => {
      const { execute } = world;
      const { promise: bothAsked, resolve } = Promise.withResolvers<void>();
      let asked = 0;
      Object.assign(world, {
        execute: (async (decider, stream, command, ...further) => {
          if ((command as { type: string }).type === 'MoveWatermark') {
            asked += 1;
            if (asked === 2) resolve();
            await bothAsked;
          }
          return execute(decider, stream, command, ...further);
        }) as Execute,
      });
      await world.start('one');
      world.store = new MemoryStore();
      await world.start('other');
      await world.register();
      await world.pass(5 * SECOND);
      world.publish('a');
      await world.pass(2 * MINUTE);
      expect(world.sent).to.deep.equal(['a', 'a']);
      expect(world.lines.join('\n')).to.contain('WEBHOOKS=off');
    });
  });

  describe('that finds a copied, restored or loaded log,', () => {
    it('holds its endpoints until somebody says from where to send', async () => {
      const id = await world.register();
      world.publish('a');
      const copy = Object.assign(new World(), { service: 'there' });
      copy.memory.events.push(...world.memory.events);
      const engine = await copy.start();
      copy.publish('b');
      await copy.pass(MINUTE);
      expect(copy.posted).to.deep.equal([]);
      expect(engine.standing().endpoints).to.deep.include({ held: 1 });
      expect(await engine.heldReason(await copy.view(id))).to.contain('npx imports webhooks enable');
      expect(copy.lines.join('\n')).to.contain('is held');
      const watermark = markOf(await copy.memory.end(), copy.service);
      copy.publish('c');
      await copy.command(id, { type: 'EnableWebhook', watermark });
      await copy.pass(5 * SECOND);
      expect(copy.sent).to.deep.equal(['c']);
      expect(await engine.heldReason(await copy.view(id))).to.equal(null);
    });

    it('holds an endpoint whose deliveries have come to an event that is not there', async () => {
      const id = await world.register();
      const scanned = { log: world.log.id, position: 7n, event: { id: 'lost', stream: 'import-x', revision: 0 } };
      await world.store.save(id, [], {
        ...{ scanned, failures: 0, failingSince: null, lastTriedAt: null, recovery: null },
      });
      world.publish(...numbered(10));
      const engine = await world.start();
      await world.pass(MINUTE);
      expect(world.posted).to.deep.equal([]);
      expect(await engine.heldReason(await world.view(id))).to.contain('older backup');
    });
  });
});
