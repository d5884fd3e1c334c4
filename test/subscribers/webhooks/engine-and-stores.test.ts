import { expect } from 'chai';
import { LogUnavailable } from '../../../src/events/errors.ts';
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
