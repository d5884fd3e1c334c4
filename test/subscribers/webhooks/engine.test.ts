import { expect } from 'chai';
import { MOST_WAITING } from '../../../src/subscribers/webhooks/endpoint-run.ts';
import { METADATA } from '../../support/events.ts';
import { World } from './world/world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const numbered = (count: number, name = 'import') => Array.from({ length: count }, (_, index) => `${name}${index}`);

describe('the engine of webhooks', () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  it('sends what comes after the watermark, and then what is new', async () => {
    world.publish('before');
    const id = await world.register({}, await world.memory.end());
    world.publish('a', 'b', 'a');
    await world.start();
    await world.pass(0);
    expect(world.sent).to.have.members(['a', 'b', 'a']);
    world.publish('c');
    await world.pass(1);
    expect(world.sent.at(-1)).to.equal('c');
    await world.pass(SECOND);
    expect(world.statuses(id)).to.deep.equal({ delivered: 4 });
  });

  it('serves an endpoint that is registered while it runs', async () => {
    await world.start();
    await world.register();
    world.publish('a');
    await world.pass(2 * SECOND);
    expect(world.sent).to.deep.equal(['a']);
  });

  it('sends only the types and the album that the endpoint wants', async () => {
    await world.register({ album_id: 'another album' });
    await world.register({ types: ['webhook.disabled'] });
    const third = await world.register({ album_id: '5005800000HEXCtAAP', types: ['import.requested'] });
    world.publish('a');
    await world.start();
    await world.pass(SECOND);
    expect(world.posted.map(({ url }) => url)).to.deep.equal([`https://${third}.example.com/`]);
  });

  it('sends a CloudEvent with the cursor after it and the watermark before it; a thin one has ids only', async () => {
    await world.register();
    await world.register({ thin: true });
    world.publish('a');
    await world.start();
    await world.pass(SECOND);
    const [{ event }, { event: thin }] = world.posted.toSorted((one) => ('data' in one.event ? -1 : 1)) as never as [
      { event: { cursor: string; watermark: string } },
      { event: object },
    ];
    expect(world.cursors.read(event.cursor)).to.deep.include({ scope: METADATA.organization_id });
    expect(world.cursors.read(event.watermark)?.place.position).to.equal(0n);
    expect(thin).to.have.keys(
      ...['specversion', 'id', 'source', 'type', 'subject', 'time', 'sequence', 'correlationid', 'cursor', 'watermark'],
    );
  });

  it('keeps the order of an import while it fails, and does not hold up others', async () => {
    await world.register();
    world.publish('a', 'a', 'b', 'a', 'b');
    world.receive = ({ stream }, before) => (stream === world.streamOf('a') && before < 2 ? 500 : 200);
    await world.start();
    await world.pass(SECOND);
    expect(world.sent).to.deep.equal(['a', 'b', 'b']);
    await world.pass(HOUR);
    expect(world.sent.filter((name) => name === 'a')).to.have.length(3 * 3);
    const ids = [...new Set(world.posted.filter(({ stream }) => stream === world.streamOf('a')).map(({ id }) => id))];
    const inLog = world.memory.events.filter(({ stream }) => stream === world.streamOf('a')).map(({ id }) => id);
    expect(ids).to.deep.equal(inLog);
  });

  it('waits as long as the receiver asks for', async () => {
    await world.register();
    world.publish('a');
    world.receive = (_posted, before) => (before === 0 ? { status: 503, retryAfter: '600' } : 200);
    await world.start();
    await world.pass(HOUR);
    expect(world.posted.map(({ atMs }) => atMs)).to.deep.equal([0, 600 * SECOND]);
  });

  it('sends probes to an endpoint that fails, and all that waits at the first success', async () => {
    const id = await world.register();
    await world.start();
    let isDown = true;
    world.receive = () => (isDown ? 'connection_failed' : 200);
    world.publish(...numbered(300));
    await world.pass(MINUTE);
    // 32 at once, and some more until five have failed; then one at a time after 1, 2, 4, 8, 16, 30 s.
    expect(world.posted.length).to.be.within(32, 32 + 10);
    isDown = false;
    await world.pass(31 * SECOND);
    expect(world.statuses(id)).to.deep.equal({ delivered: 300 });
  });

  it('lets an import that always fails hold up nobody, and tries it by its own schedule', async () => {
    await world.register();
    await world.start();
    world.receive = ({ stream }) => (stream === world.streamOf('poison') ? 500 : 200);
    world.publish('poison');
    for (let minute = 0; minute < 60; minute += 1) {
      world.publish(`good${minute}`);
      await world.pass(MINUTE);
      expect(world.sent.at(-1) === `good${minute}` || world.sent.includes(`good${minute}`)).to.equal(true);
    }
    expect(world.sent.filter((name) => name === 'poison')).to.have.length(5);
  });

  it('sends one after the other, in the order of the log, if that is wished for', async () => {
    await world.register({ ordered: true });
    world.publish('a', 'b', 'c');
    world.receive = ({ stream }, before) => (stream === world.streamOf('b') && before === 0 ? 500 : 200);
    await world.start();
    await world.pass(MINUTE);
    expect(world.sent).to.deep.equal(['a', 'b', 'b', 'c']);
  });

  it('disables an endpoint that answers 410, and ends what waits', async () => {
    const id = await world.register({ ordered: true });
    world.publish('a', 'b');
    world.receive = () => 410;
    await world.start();
    await world.pass(MINUTE);
    expect(await world.view(id)).to.include({ status: 'disabled', disabled_reason: 'gone' });
    expect(world.sent).to.deep.equal(['a']);
    expect(world.statuses(id)).to.deep.equal({ ended: 2 });
    expect(world.store.held.has(id)).to.equal(false);
  });

  it('disables an endpoint after five days of failures with no success between, and not if it was quiet', async () => {
    const [failing, quiet] = [await world.register(), await world.register()];
    const ago = (ms: number) => new Date(world.clock.now() - ms).toISOString();
    const scanned = await world.memory.end();
    const progress = { scanned, failures: 9, failingSince: ago(5 * DAY - MINUTE), recovery: null };
    await world.store.save(failing, [], { ...progress, lastTriedAt: ago(10 * HOUR) });
    await world.store.save(quiet, [], { ...progress, lastTriedAt: ago(13 * HOUR) });
    world.receive = () => 500;
    world.publish('a');
    await world.start();
    await world.pass(30 * SECOND);
    expect(await world.view(failing)).to.include({ status: 'enabled' });
    await world.pass(MINUTE);
    expect(await world.view(failing)).to.include({ status: 'disabled', disabled_reason: 'failing' });
    expect((await world.view(failing)).disabled_detail)
      .to.contain(progress.failingSince)
      .and.contain('500');
    expect(await world.view(quiet)).to.include({ status: 'enabled' });
  });

  it('goes on where it stopped after it was started again, with the tries that were made', async () => {
    const id = await world.register();
    world.publish('a', 'b');
    world.receive = ({ stream }) => (stream === world.streamOf('a') ? 500 : 200);
    const engine = await world.start();
    await world.pass(10 * SECOND);
    await engine.stop(0);
    expect(world.sent).to.deep.equal(['a', 'b', 'a']);
    await world.start('another');
    await world.pass(50 * SECOND);
    expect(world.sent).to.deep.equal(['a', 'b', 'a']);
    await world.pass(20 * SECOND);
    expect(world.sent).to.deep.equal(['a', 'b', 'a', 'a']);
    await world.pass(SECOND);
    expect(world.store.of(id).find(({ status }) => status === 'waiting')?.attempts).to.have.length(3);
  });

  it('has 2,000 unfinished deliveries of an endpoint at most; further events wait in the log', async () => {
    const id = await world.register();
    world.receive = () => 500;
    world.publish(...numbered(5_000));
    const engine = await world.start();
    await world.pass(MINUTE);
    expect(world.store.of(id).length).to.be.at.most(MOST_WAITING);
    expect(engine.standing().waiting).to.be.within(MOST_WAITING - 10, MOST_WAITING);
    expect(engine.standing().endpoints).to.deep.include({ failing: 1 });
    world.receive = () => 200;
    await world.pass(MINUTE);
    expect(world.statuses(id)).to.deep.equal({ delivered: 5_000 });
  });

  it('does not let one endpoint that hangs, with thousands of deliveries, delay another', async () => {
    const slow = await world.register();
    await world.start();
    world.receive = ({ url }) => (url.includes(slow) ? 'hangs' : 200);
    world.publish(...numbered(3_000));
    await world.pass(SECOND);
    const quick = await world.register({}, await world.memory.end());
    world.publish('a');
    await world.pass(2 * SECOND);
    expect(world.posted.filter(({ url }) => url.includes(slow))).to.have.length(32);
    expect(world.posted.filter(({ url }) => url.includes(quick))).to.have.length(1);
  });

  describe('when the endpoint changes,', () => {
    it('ends what waits when it is disabled or deleted', async () => {
      const [disabled, deleted] = [await world.register(), await world.register()];
      world.publish('a', 'a');
      world.receive = () => 500;
      await world.start();
      await world.pass(SECOND);
      await world.command(disabled, { type: 'DisableWebhook', reason: 'asked', detail: null });
      await world.command(deleted, { type: 'DeleteWebhook' });
      const before = world.posted.length;
      await world.pass(HOUR);
      expect(world.posted).to.have.length(before);
      for (const id of [disabled, deleted]) expect(world.statuses(id)).to.have.keys('ended');
      expect(world.store.held.size).to.equal(1);
    });

    it('ends what waits at one that was disabled while no node ran', async () => {
      const id = await world.register();
      world.publish('a');
      world.receive = () => 500;
      const engine = await world.start();
      await world.pass(SECOND);
      await engine.stop(0);
      await world.command(id, { type: 'DeleteWebhook' });
      await world.start('another');
      await world.pass(5 * SECOND);
      expect(world.statuses(id)).to.deep.equal({ ended: 1 });
      expect([...world.store.held.keys()]).to.deep.equal(['another']);
    });

    it('uses its new URL and its new order at once', async () => {
      const id = await world.register();
      await world.start();
      await world.command(id, { type: 'ChangeWebhook', changes: { url: 'https://new.example.com/', ordered: true } });
      await world.pass(2 * SECOND);
      world.receive = () => 'hangs';
      world.publish('a', 'b');
      await world.pass(SECOND);
      expect(world.posted.map(({ url }) => url)).to.deep.equal(['https://new.example.com/']);
    });

    it('sends what comes after the place from which it is enabled again, and nothing else', async () => {
      const id = await world.register();
      world.publish('a', 'b');
      world.receive = () => 500;
      await world.start();
      await world.pass(SECOND);
      await world.command(id, { type: 'DisableWebhook', reason: 'asked', detail: null });
      const after = { ...(await world.memory.end()), position: String((await world.memory.end()).position) };
      world.publish('c');
      world.receive = () => 200;
      world.posted.length = 0;
      await world.command(id, { type: 'EnableWebhook', watermark: { ...after, service: world.service } as never });
      await world.pass(5 * SECOND);
      // The endpoint gets the event of its own disabling, too: it came before the place.
      expect(world.sent).to.deep.equal(['c']);
    });
  });
});
