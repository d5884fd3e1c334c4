import { expect } from 'chai';
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
});
