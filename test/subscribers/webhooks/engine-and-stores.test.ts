import { expect } from 'chai';
import type { Execute } from '../../../src/commands/execute.ts';
import { LogUnavailable } from '../../../src/events/errors.ts';
import { beginningOf } from '../../../src/subscribers/place.ts';
import { markOf } from '../../../src/subscribers/webhooks/mark.ts';
import { MemoryStore } from './world/memory-store.ts';
import { World } from './world/world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const numbered = (count: number, name = 'import') => Array.from({ length: count }, (_, index) => `${name}${index}`);

describe('the engine of webhooks', () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  const beginning = () => markOf(beginningOf(world.log), world.service);
  const moves = () => world.memory.events.filter(({ type }) => type === 'WebhookWatermarkMoved');
  const movedTo = () => JSON.parse(moves().at(-1)?.data as string).watermark.position;

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

  describe('with a watermark', () => {
    it('records it once a minute at most, where it moved', async () => {
      await world.register();
      await world.start();
      for (let second = 0; second < 150; second += 1) {
        world.publish(`import${second}`);
        await world.pass(SECOND);
      }
      expect(moves()).to.have.length(2);
      await world.pass(HOUR);
      expect(moves()).to.have.length(3);
      expect(movedTo()).to.equal(String(moves().at(-1)?.position && world.memory.events.length - 1));
    });

    it('records it when the node stops', async () => {
      await world.register();
      world.publish('a');
      const engine = await world.start();
      await engine.stop(0);
      expect(movedTo()).to.equal('2');
    });

    it('does not move it over what waits', async () => {
      await world.register();
      world.publish('a', 'b', 'c');
      world.receive = ({ stream }) => (stream === world.streamOf('b') ? 500 : 200);
      const engine = await world.start();
      await world.pass(10 * SECOND);
      await engine.stop(0);
      expect(movedTo()).to.equal('2');
    });

    it('records once an hour that events went by which it does not want, and nothing if there were none', async () => {
      await world.register({ types: ['webhook.disabled'] });
      world.publish('a');
      await world.start();
      await world.pass(HOUR - MINUTE);
      expect(moves()).to.have.length(0);
      await world.pass(10 * HOUR);
      expect(moves()).to.have.length(1);
    });

    it('begins there if the store of deliveries was lost', async () => {
      const id = await world.register();
      world.publish('a', 'b');
      const engine = await world.start();
      await engine.stop(0);
      world.publish('c');
      world.store = new MemoryStore();
      await world.start('another');
      await world.pass(SECOND);
      expect(world.sent).to.deep.equal(['a', 'b', 'c']);
      expect(world.statuses(id)).to.deep.equal({ delivered: 1 });
    });

    it('is in a new store at once if the store is lost while it runs', async () => {
      await world.register();
      await world.start();
      world.publish('a');
      await world.pass(2 * MINUTE);
      for (const part of [world.store.all, world.store.progresses, world.store.held]) part.clear();
      await world.pass(5 * SECOND);
      world.publish('b');
      await world.pass(5 * SECOND);
      expect(world.sent).to.deep.equal(['a', 'b']);
    });
  });

  describe('that is asked for a recovery', () => {
    it('sends every event after the place again', async () => {
      const id = await world.register();
      world.publish('a', 'b', 'b');
      await world.start();
      await world.pass(SECOND);
      await world.command(id, { type: 'RecoverWebhook', after: beginning(), rate: null });
      await world.pass(5 * SECOND);
      expect(world.sent).to.have.length(6);
      expect(world.sent.slice(3)).to.have.members(['a', 'b', 'b']);
      expect(world.statuses(id)).to.deep.equal({ delivered: 3 });
      await world.pass(MINUTE);
      expect(world.sent).to.have.length(6);
    });

    it('keeps to the rate, and sends what is new at full speed afterwards', async () => {
      const id = await world.register();
      world.publish(...numbered(100));
      await world.start();
      await world.pass(SECOND);
      world.posted.length = 0;
      await world.command(id, { type: 'RecoverWebhook', after: beginning(), rate: 10 });
      await world.pass(5 * SECOND);
      expect(world.posted.length).to.be.within(30, 60);
      await world.pass(10 * SECOND);
      expect(world.posted).to.have.length(100);
      world.publish(...numbered(100, 'new'));
      await world.pass(SECOND);
      expect(world.posted).to.have.length(200);
    });

    it('stops as soon as any other endpoint, though it was asked a hundred times in a row', async () => {
      const id = await world.register();
      world.publish(...numbered(40));
      world.receive = () => 'hangs';
      const engine = await world.start();
      await world.pass(SECOND);
      for (let times = 0; times < 100; times += 1) {
        await world.command(id, { type: 'RecoverWebhook', after: beginning(), rate: null });
      }
      let hasStopped = false;
      void engine.stop(SECOND).then(() => {
        hasStopped = true;
      });
      await world.pass(5 * SECOND);
      expect(hasStopped).to.equal(true);
    });

    it('obeys while it was off, once, even if the store of deliveries is lost meanwhile', async () => {
      const id = await world.register();
      world.publish('a');
      const engine = await world.start('one');
      await world.pass(SECOND);
      await engine.stop(0);
      await world.command(id, { type: 'RecoverWebhook', after: beginning(), rate: null });
      world.store = new MemoryStore();
      const other = await world.start('other');
      await world.pass(SECOND);
      expect(world.sent).to.deep.equal(['a', 'a']);
      await other.stop(0);
      world.store = new MemoryStore();
      await world.start('third');
      await world.pass(SECOND);
      expect(world.sent).to.deep.equal(['a', 'a']);
    });
  });

  describe('whose endpoint has a maker', () => {
    it('disables it within a second when they are removed, even if it is quiet', async () => {
      const id = await world.register();
      await world.start();
      await world.pass(SECOND);
      world.removeUser();
      await world.pass(900);
      expect(await world.view(id)).to.include({ status: 'disabled', disabled_reason: 'rights_ended' });
    });

    it('sends nothing for one who was removed while no node ran', async () => {
      const id = await world.register();
      world.publish('a');
      world.removeUser();
      await world.start();
      await world.pass(SECOND);
      expect(world.posted).to.deep.equal([]);
      expect(await world.view(id)).to.include({ disabled_reason: 'rights_ended' });
    });

    it('disables it when they belong to another organization', async () => {
      const id = await world.register();
      if (world.user !== null) world.user = { ...world.user, organization_id: 'another' };
      await world.start();
      expect((await world.view(id)).disabled_detail).to.contain('another organization');
    });

    it('waits while nobody knows, and disables nothing', async () => {
      const id = await world.register();
      world.publish('a');
      world.isDirectoryAway = true;
      await world.start();
      await world.pass(MINUTE);
      expect(world.posted).to.deep.equal([]);
      expect(await world.view(id)).to.include({ status: 'enabled' });
      world.isDirectoryAway = false;
      await world.pass(2 * SECOND);
      expect(world.sent).to.deep.equal(['a']);
    });
  });

  describe('whose stores go away', () => {
    it('sends nothing that it cannot record, and goes on when the store of deliveries is back', async () => {
      const id = await world.register();
      await world.start();
      await world.pass(SECOND);
      world.store.isAway = true;
      world.publish(...numbered(50));
      await world.pass(MINUTE);
      expect(world.posted).to.deep.equal([]);
      world.store.isAway = false;
      await world.pass(10 * SECOND);
      expect(world.statuses(id)).to.deep.equal({ delivered: 50 });
      expect(world.posted).to.have.length(50);
    });

    it('goes on when the log is back', async () => {
      await world.register();
      await world.start();
      world.memory.away = new LogUnavailable('the test says so');
      await world.pass(MINUTE);
      world.memory.away = null;
      world.publish('a');
      await world.pass(10 * SECOND);
      expect(world.sent).to.deep.equal(['a']);
    });
  });

  describe('asked directly', () => {
    it('pings once, and records it', async () => {
      const engine = await world.start();
      const id = await world.register();
      const ping = await engine.ping(await world.view(id));
      expect(ping).to.include({ status: 'delivered', type: 'webhook.ping', event: null });
      expect(world.posted[0]?.event).to.deep.include({ type: 'import-api.webhook.ping', data: { id } });
      world.receive = () => 'timeout';
      expect(await engine.ping(await world.view(id))).to.include({ status: 'given_up' });
      await world.pass(MINUTE);
      expect(world.posted).to.have.length(2);
      expect(world.store.of(id)).to.have.length(2);
    });

    it('disables an endpoint that answers a ping with 410', async () => {
      const engine = await world.start();
      const id = await world.register();
      world.receive = () => 410;
      await engine.ping(await world.view(id));
      await world.pass(10 * SECOND);
      expect(await world.view(id)).to.include({ status: 'disabled', disabled_reason: 'gone' });
    });

    it('sends a delivery that waits now, and lets its import go on', async () => {
      const id = await world.register();
      world.publish('a', 'a');
      world.receive = () => 500;
      const engine = await world.start();
      await world.pass(HOUR);
      world.receive = () => 200;
      const [first] = await world.store.waiting(id);
      const again = engine.redeliver(await world.view(id), first?.id as string);
      await world.pass(SECOND);
      expect(await again).to.include({ status: 'delivered', tries: 6 });
      expect((await again)?.attempts).to.have.length(6);
      expect(world.statuses(id)).to.deep.equal({ delivered: 2 });
    });

    it('sends a delivery that waits once, though two ask for it at the same time', async () => {
      const id = await world.register();
      world.publish('a');
      world.receive = () => 500;
      const engine = await world.start();
      await world.pass(HOUR);
      world.receive = () => 200;
      const [{ id: first } = { id: '' }] = await world.store.waiting(id);
      const view = await world.view(id);
      const both = Promise.all([engine.redeliver(view, first), engine.redeliver(view, first)]);
      let answered = 0;
      void both.then((answers) => {
        answered = answers.length;
      });
      await world.pass(SECOND);
      expect([answered, world.statuses(id)]).to.deep.equal([2, { delivered: 1 }]);
    });

    it('sends a delivery again, whatever its status', async () => {
      const id = await world.register();
      world.publish('a');
      const engine = await world.start();
      await world.pass(SECOND);
      const [delivery] = world.store.of(id);
      await world.pass(SECOND);
      const again = await engine.redeliver(await world.view(id), delivery?.id as string);
      expect(again).to.deep.include({ status: 'delivered', tries: 2 });
      expect(again?.attempts).to.have.length(2);
      expect(world.posted.map((posted) => posted.id)).to.deep.equal(Array(2).fill(delivery?.event?.id));
      expect(await engine.redeliver(await world.view(id), 'unknown')).to.equal(null);
    });
  });
});
