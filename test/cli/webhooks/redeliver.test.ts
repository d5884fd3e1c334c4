import { expect } from 'chai';
import { webhookDecider } from '../../../src/commands/webhook.ts';
import { newId } from '../../../src/events/new-id.ts';
import { streamName } from '../../../src/events/streams.ts';
import { readConfig } from '../../../src/settings/config.ts';
import { refusing } from '../../../src/stores/adoption.ts';
import { openDeliveryStore } from '../../../src/stores/open-deliveries.ts';
import { beginningOf } from '../../../src/subscribers/place.ts';
import { markOf } from '../../../src/subscribers/webhooks/mark.ts';
import { imports, runImports } from '../../support/imports.ts';
import { startImports } from '../../support/process.ts';
import { ORGANIZATION } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import { type Received, status } from '../../support/webhook-receiver.ts';
import { ALL, NONE, webhooksAtWork } from './at-work.ts';

describe('npx imports webhooks, redeliver and recover,', () => {
  const world = webhooksAtWork();
  const { test, run, json, show, eventsOf, withDelivery } = world;

  it('sends a delivery again at once, with the same id, and records what came of it', async () => {
    const { id, delivery } = await withDelivery('delivered');
    expect((await run('redeliver', id, delivery, '--dry-run')).stdout).to.contain(delivery);
    expect(world.receiver.received).to.have.length(1);
    const [sent] = await json('redeliver', id, delivery);
    expect(sent).to.deep.include({ id: delivery, status: 'delivered', tries: 2 });
    expect(world.receiver.received.map((one) => one.id)).to.deep.equal(Array(2).fill(world.receiver.received[0]?.id));
    expect((await json('deliveries', id))[0].attempts).to.have.length(2);
    world.receiver.answer = status(503);
    const failed = await run('redeliver', id, delivery);
    expect(failed).to.include({ code: 1, stderr: '1 of 1 were not acknowledged.\n' });
    expect(failed.stdout).to.match(/\tdelivered\t[\s\S]*\t503\n$/);
    expect((await run('redeliver', id, delivery, NONE)).code).to.equal(4);
    expect(world.receiver.received).to.have.length(3);
  });

  it('is recorded who sends deliveries again, and why, before they are sent', async () => {
    const { id, delivery } = await withDelivery('delivered');
    world.receiver.answer = status(503);
    await run('redeliver', id, delivery, '--dry-run');
    await run('redeliver', id, delivery, '--operator', 'ada', '--reason', 'ticket 4711');
    const requested = (await eventsOf(id)).filter(({ type }) => type === 'WebhookRedeliveryRequested');
    expect(requested.map(({ data }) => JSON.parse(data))).to.deep.equal([{ deliveries: 1, ids: [delivery] }]);
    const [{ metadata } = { metadata: '{}' }] = requested;
    expect(JSON.parse(metadata)).to.include({ operator: 'ada', reason: 'ticket 4711', organization_id: ORGANIZATION });
    expect(await show(id)).to.include({ status: 'enabled' });
    const audited = (await imports(world.env, 'audit', '--webhook', id)).stdout;
    expect(audited).to.match(/WebhookRedeliveryRequested.*\n.*by operator ada .*\n.*on .*\n.*reason ticket 4711\n/);
  });

  it('sends from a process of its own, while the service has the store of deliveries open', async () => {
    const { id, delivery } = await withDelivery('delivered');
    const { code, stderr } = await startImports(world.env, ['webhooks', 'redeliver', id, delivery]).ended();
    expect([code, stderr]).to.deep.equal([0, 'The delivery was acknowledged.\n']);
    expect(world.receiver.received).to.have.length(2);
  });

  it('sends all again that were given up, oldest first, not faster than was asked', async () => {
    const { id, delivery } = await withDelivery('delivered');
    const store = await openDeliveryStore(
      readConfig(world.env),
      refusing('deliveries', test.service.services.log),
      () => {},
    );
    const [done] = await store.withIds(id, [delivery]);
    if (done === undefined) throw new Error('it is gone');
    const ids = [newId(), newId(), newId()];
    const lost = ids.map((one, second) => ({
      ...{ ...done, id: one, status: 'given_up' as const },
      createdAt: `2026-11-24T10:00:0${second}.000Z`,
    }));
    const ping = { ...done, id: newId(), event: null, status: 'given_up' as const };
    await store.save(id, [...lost, ping], null);
    await store.close();
    const since = ['--given-up', '--since', '2026-11-24T10:00:01Z'];
    expect((await json('redeliver', id, ...since, '--dry-run')).map((one) => one.id)).to.deep.equal(ids.slice(1));
    expect(world.receiver.received).to.have.length(1);
    const beganAtMs = performance.now();
    const sent = await json('redeliver', id, '--given-up', '--rate', '10');
    expect(performance.now() - beganAtMs).to.be.at.least(200);
    expect(sent.map((one) => [one.id, one.status])).to.deep.equal(ids.map((one) => [one, 'delivered']));
    expect((await run('redeliver', id, '--given-up')).stderr).to.equal('No delivery was given up; nothing was sent.\n');
  });

  it('ends a send that hangs at Ctrl-C', async () => {
    const { id, delivery } = await withDelivery('delivered');
    const [first] = world.receiver.received;
    world.receiver.answer = () => {};
    const running = runImports(world.env, ['webhooks', 'redeliver', id, delivery]);
    await until('it is sent', () => world.receiver.received.slice(1).some((again) => again.id === first?.id));
    running.interrupt();
    const { code, stderr } = await running.ended;
    expect({ code, stderr }).to.deep.equal({ code: 130, stderr: 'Interrupted. 0 of 1 were acknowledged.\n' });
  });

  it('sends nothing for a maker who has no rights any more', async () => {
    const { execute } = test.service.services;
    const [maker, id] = [newId(), newId()];
    await test.register(maker, ORGANIZATION);
    const { log, webhooks } = test.service.services;
    const command = {
      ...({
        type: 'RegisterWebhook',
        organization_id: ORGANIZATION,
        sees: 'organization',
        url: world.receiver.url,
      } as const),
      ...{ types: ['webhook.disabled'], album_id: null, thin: false, ordered: false, v1a: false },
      watermark: markOf(beginningOf(log), webhooks.service),
    };
    const context = { organization_id: ORGANIZATION, user_id: maker, request_id: newId() };
    await execute(webhookDecider, streamName('webhook', id), command, context);
    await test.remove(maker);
    const { code, stderr } = await run('redeliver', id, '--given-up');
    expect(code).to.equal(1);
    // The service may have disabled it already.
    expect(stderr).to.match(/no rights any more|is disabled/);
  });

  it('says how many events a recovery would send, and makes the service send them', async () => {
    const { id } = await withDelivery('delivered');
    const { stdout } = await run('recover', id, ...ALL, '--dry-run');
    const events = Number(stdout);
    expect(events).to.be.at.least(1);
    expect(await json('recover', id, ...ALL, '--dry-run')).to.deep.equal([{ id, events, dry_run: true }]);
    expect((await eventsOf(id)).map(({ type }) => type)).to.not.include('WebhookRecoveryRequested');
    expect((await run('recover', id, ...ALL, '--rate', '500')).code).to.equal(0);
    const recorded = (await eventsOf(id)).find(({ type }) => type === 'WebhookRecoveryRequested');
    expect(JSON.parse(recorded?.data ?? '')).to.deep.include({ rate: 500 });
    const distinct = () => new Set(world.receiver.received.map((one) => one.id)).size;
    await until('everything came', () => distinct() >= events);
  });

  it('goes on after the watermark of a delivery', async () => {
    const { id } = await withDelivery('delivered');
    const [sent] = world.receiver.received as [Received];
    const { watermark, cursor } = sent.event as unknown as { watermark: string; cursor: string };
    // A watermark may be before what was acknowledged just now.
    expect(Number((await run('recover', id, '--after', watermark, '--dry-run')).stdout)).to.be.within(1, 2);
    expect(Number((await run('recover', id, '--after', cursor, '--dry-run')).stdout)).to.equal(0);
  });
});
