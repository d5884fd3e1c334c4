import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type WebhookSettings, webhookDecider } from '../../src/commands/webhook.ts';
import { newId } from '../../src/events/new-id.ts';
import { streamName } from '../../src/events/streams.ts';
import { readConfig } from '../../src/settings/config.ts';
import { refusing } from '../../src/stores/adoption.ts';
import { openDeliveryStore } from '../../src/stores/open-deliveries.ts';
import { beginningOf } from '../../src/subscribers/place.ts';
import { markOf } from '../../src/subscribers/webhooks/mark.ts';
import { Signer } from '../../src/subscribers/webhooks/signing/signer.ts';
import { Keys } from '../../src/tokens/keys.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, METADATA, newEvent } from '../support/events.ts';
import { imports, runImports } from '../support/imports.ts';
import { startImports } from '../support/process.ts';
import { DOCUMENT_BODY, JWT_SECRET, ORGANIZATION, testService, USER } from '../support/service.ts';
import { until } from '../support/until.ts';
import { type Received, startWebhookReceiver, status, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { registerWebhook } from '../support/webhooks.ts';

const NONE = '00000000-0000-4000-8000-000000000000';
const ALL = ['--since', '1970-01-01'];

describe('npx imports webhooks', () => {
  const test = testService({ NODE_ENV: 'development' });
  let receiver: WebhookReceiver;
  let env: NodeJS.ProcessEnv;

  const run = (...args: string[]) => imports(env, 'webhooks', ...args);
  const json = async (...args: string[]) => {
    const { stdout, stderr } = await run(...args, '--json');
    expect(stderr, args.join(' ')).to.match(/^([\w ]+\.\n)?$/);
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  };
  const show = async (id: string) => (await json('show', id))[0];
  const register = (settings: Partial<WebhookSettings> = {}) =>
    registerWebhook(test.service.services, receiver.url, settings);
  const eventsOf = (id: string) => test.service.services.log.readStream(streamName('webhook', id));

  /** Registers a webhook, and waits until it has a delivery of this status. */
  async function withDelivery(wanted: 'delivered' | 'waiting'): Promise<{ id: string; delivery: string }> {
    const { id } = await register();
    await test.post(DOCUMENT_BODY);
    const [delivery] = await until('it was tried', async () => {
      const found = await json('deliveries', id, '--status', wanted);
      return found[0]?.attempts.length > 0 && found;
    });
    return { id, delivery: delivery.id };
  }

  /** Registers a webhook whose watermark is of another installation. */
  async function held(): Promise<string> {
    const { execute, log } = test.service.services;
    const id = newId();
    const command = {
      ...({ type: 'RegisterWebhook', organization_id: ORGANIZATION, sees: 'organization', url: receiver.url } as const),
      ...{ types: ['*'], album_id: null, thin: false, ordered: false, v1a: false },
      watermark: markOf(beginningOf(log), 'another'),
    };
    const context = { organization_id: ORGANIZATION, user_id: USER, request_id: newId() };
    await execute(webhookDecider, streamName('webhook', id), command, context);
    return id;
  }

  beforeEach(async () => {
    receiver = await startWebhookReceiver();
    env = { NODE_ENV: 'development', JWT_SECRET, DATA_DIR: test.dataDir };
  });

  afterEach(() => receiver.stop());

  it('lists them with their status, held ones with the reason', async () => {
    const [{ id }, other] = [await register({ types: ['import.requested'] }), await held()];
    const listed = new Map((await json('list')).map((one) => [one.id, one]));
    expect(listed.get(id)).to.deep.equal({
      ...{ id, organization_id: ORGANIZATION, status: 'enabled', url: receiver.url },
      ...{ types: ['import-api.import.requested'], album_id: null, reason: null, detail: null, failing_since: null },
    });
    expect(listed.get(other)).to.include({ status: 'held' });
    expect(listed.get(other)?.detail).to.match(/^Its watermark is of another installation: /);
    expect((await run('list')).stdout).to.match(new RegExp(`^${other}\t${ORGANIZATION}\theld\t`, 'm'));
  });

  it('shows everything about one, but never its secret', async () => {
    const view = await register();
    const { id } = view;
    const shown = await until('a node serves it', async () => {
      const one = await show(id);
      return one.lease_holder !== null && one;
    });
    expect(shown).to.include({ id, secret_generation: 1, made_by: `user:${USER}`, failures: 0, waiting: 0 });
    expect(shown.watermark).to.deep.equal(JSON.parse(view.watermark));
    expect(Object.keys(shown)).to.include.members(['scanned', 'recovery', 'last_tried_at', 'overlap_until']);
    const { stdout } = await run('show', id);
    expect(stdout).to.match(/^secret_generation +1$/m);
    const secret = new Signer(new Keys(JWT_SECRET)).secret(view);
    expect(stdout + JSON.stringify(shown)).to.not.contain(secret.replace('whsec_', ''));
  });

  it('shows deliveries with their attempts', async () => {
    receiver.answer = (_received, response) => void response.writeHead(500).end('out of\u009b order');
    const { id, delivery } = await withDelivery('waiting');
    const { stdout } = await run('deliveries', id, '--since', '2019-04-08');
    expect(stdout).to.match(new RegExp(`^${delivery}\t.*\twaiting\t`));
    expect(stdout).to.match(/^ {2}\d{4}-\S+\t\d+ ms\t500\tout of\\u\{9b\} order$/m);
    expect((await run('deliveries', id, '--status', 'delivered')).stdout).to.equal('');
    expect((await run('deliveries', id, '--since', '2100-01-01')).stdout).to.equal('');
    expect((await json('list')).find((one) => one.id === id)?.failing_since).to.match(/^\d{4}-/);
  });

  it('sends a delivery again at once, with the same id, and records what came of it', async () => {
    const { id, delivery } = await withDelivery('delivered');
    expect((await run('redeliver', id, delivery, '--dry-run')).stdout).to.contain(delivery);
    expect(receiver.received).to.have.length(1);
    const [sent] = await json('redeliver', id, delivery);
    expect(sent).to.deep.include({ id: delivery, status: 'delivered', tries: 2 });
    expect(receiver.received.map((one) => one.id)).to.deep.equal(Array(2).fill(receiver.received[0]?.id));
    expect((await json('deliveries', id))[0].attempts).to.have.length(2);
    receiver.answer = status(503);
    const failed = await run('redeliver', id, delivery);
    expect(failed).to.include({ code: 1, stderr: '1 of 1 were not acknowledged.\n' });
    expect(failed.stdout).to.match(/\tdelivered\t[\s\S]*\t503\n$/);
    expect((await run('redeliver', id, delivery, NONE)).code).to.equal(4);
    expect(receiver.received).to.have.length(3);
  });

  it('is recorded who sends deliveries again, and why, before they are sent', async () => {
    const { id, delivery } = await withDelivery('delivered');
    receiver.answer = status(503);
    await run('redeliver', id, delivery, '--dry-run');
    await run('redeliver', id, delivery, '--operator', 'ada', '--reason', 'ticket 4711');
    const requested = (await eventsOf(id)).filter(({ type }) => type === 'WebhookRedeliveryRequested');
    expect(requested.map(({ data }) => JSON.parse(data))).to.deep.equal([{ deliveries: 1, ids: [delivery] }]);
    const [{ metadata } = { metadata: '{}' }] = requested;
    expect(JSON.parse(metadata)).to.include({ operator: 'ada', reason: 'ticket 4711', organization_id: ORGANIZATION });
    expect(await show(id)).to.include({ status: 'enabled' });
    const audited = (await imports(env, 'audit', '--webhook', id)).stdout;
    expect(audited).to.match(/WebhookRedeliveryRequested.*\n.*by operator ada .*\n.*on .*\n.*reason ticket 4711\n/);
  });

  it('sends from a process of its own, while the service has the store of deliveries open', async () => {
    const { id, delivery } = await withDelivery('delivered');
    const { code, stderr } = await startImports(env, ['webhooks', 'redeliver', id, delivery]).ended();
    expect([code, stderr]).to.deep.equal([0, 'The delivery was acknowledged.\n']);
    expect(receiver.received).to.have.length(2);
  });

  it('sends all again that were given up, oldest first, not faster than was asked', async () => {
    const { id, delivery } = await withDelivery('delivered');
    const store = await openDeliveryStore(readConfig(env), refusing('deliveries', test.service.services.log), () => {});
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
    expect(receiver.received).to.have.length(1);
    const beganAtMs = performance.now();
    const sent = await json('redeliver', id, '--given-up', '--rate', '10');
    expect(performance.now() - beganAtMs).to.be.at.least(200);
    expect(sent.map((one) => [one.id, one.status])).to.deep.equal(ids.map((one) => [one, 'delivered']));
    expect((await run('redeliver', id, '--given-up')).stderr).to.equal('No delivery was given up; nothing was sent.\n');
  });

  it('ends a send that hangs at Ctrl-C', async () => {
    const { id, delivery } = await withDelivery('delivered');
    const [first] = receiver.received;
    receiver.answer = () => {};
    const running = runImports(env, ['webhooks', 'redeliver', id, delivery]);
    await until('it is sent', () => receiver.received.slice(1).some((again) => again.id === first?.id));
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
      ...({ type: 'RegisterWebhook', organization_id: ORGANIZATION, sees: 'organization', url: receiver.url } as const),
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
    const distinct = () => new Set(receiver.received.map((one) => one.id)).size;
    await until('everything came', () => distinct() >= events);
  });

  it('goes on after the watermark of a delivery', async () => {
    const { id } = await withDelivery('delivered');
    const [sent] = receiver.received as [Received];
    const { watermark, cursor } = sent.event as unknown as { watermark: string; cursor: string };
    // A watermark may be before what was acknowledged just now.
    expect(Number((await run('recover', id, '--after', watermark, '--dry-run')).stdout)).to.be.within(1, 2);
    expect(Number((await run('recover', id, '--after', cursor, '--dry-run')).stdout)).to.equal(0);
  });

  it('disables one with a reason, on record as this operator, after a yes', async () => {
    const { id } = await register();
    expect(await run('disable', id)).to.include({ code: 2 });
    const asked = runImports(env, ['webhooks', 'disable', id], { isAtTerminal: true });
    await until('it asks', () => asked.stderr().endsWith('[y/N] '));
    asked.stdin.write('n\n');
    expect((await asked.ended).code).to.equal(1);
    expect(await run('disable', id, '--detail', 'moved', '--yes')).to.deep.equal({
      ...{ code: 0, stdout: '', stderr: 'The webhook is disabled.\n' },
    });
    expect(await show(id)).to.include({ status: 'disabled', reason: 'asked', detail: 'moved' });
    const event = (await eventsOf(id)).find(({ type }) => type === 'WebhookDisabled');
    expect(JSON.parse(event?.metadata ?? ''))
      .to.have.property('operator')
      .that.is.a('string');
    expect((await run('disable', id, '--yes')).stderr).to.match(/disabled before; nothing was changed/);
    for (const args of [
      ['redeliver', id, '--given-up'],
      ['recover', id, ...ALL],
    ]) {
      const refused = await run(...args);
      expect(refused).to.include({ code: 1, stdout: '' });
      expect(refused.stderr).to.match(/disabled and sends nothing: enable it first/);
    }
  });

  it('is audited as disabled by the service itself, where nobody asked for that', async () => {
    receiver.answer = status(410);
    const { id } = await register();
    await test.post(DOCUMENT_BODY);
    await until('it is disabled', async () => (await show(id)).status === 'disabled');
    const { stdout } = await imports(env, 'audit', '--webhook', id);
    expect(stdout).to.match(/WebhookDisabled, .* {3}by the service itself of .*null → "gone"/s);
  });

  it('is audited: who did what to it and why, without its watermarks', async () => {
    const { id } = await register();
    const { execute, feed, webhooks } = test.service.services;
    const watermark = markOf(await feed.end(), webhooks.service);
    const context = { organization_id: ORGANIZATION, request_id: newId() };
    await execute(webhookDecider, streamName('webhook', id), { type: 'MoveWatermark', watermark }, context);
    await run('disable', id, '--detail', 'moved', '--yes');
    const { code, stdout } = await imports(env, 'audit', '--webhook', id);
    expect(code).to.equal(0);
    expect(stdout).to.match(/WebhookRegistered, .* {3}by user .*WebhookDisabled, .* {3}by operator .*"moved"/s);
    expect(stdout).not.to.contain('WatermarkMoved');
    const lines = (await imports(env, 'audit', '--webhook', id, '--json')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).type)).to.deep.equal(['WebhookRegistered', 'WebhookDisabled']);
    expect(await imports(env, 'audit', '--webhook', NONE)).to.include({ code: 4 });
  });

  it('enables one from now on, and changes nothing if it is enabled', async () => {
    const { id } = await register();
    await run('disable', id, '--yes');
    await test.post(DOCUMENT_BODY);
    expect(await run('enable', id)).to.include({ code: 0, stderr: 'The webhook is enabled.\n' });
    const posted = (await (await test.post(DOCUMENT_BODY)).json()) as { id: string };
    await until('it came', () => receiver.received.length > 0);
    expect(receiver.received.map(({ event }) => event.subject)).to.deep.equal([posted.id]);
    const before = (await eventsOf(id)).length;
    expect((await run('enable', id)).stderr).to.equal('The webhook was enabled before; nothing was changed.\n');
    const refused = await run('enable', id, ...ALL);
    expect(refused).to.include({ code: 1 });
    expect(refused.stderr).to.match(/use `imports webhooks recover`/);
    const enabled = (await eventsOf(id)).slice(before).filter(({ type }) => type !== 'WebhookWatermarkMoved');
    expect(enabled).to.deep.equal([]);
  });

  it('lets a held one go from a place that was named, and not without', async () => {
    const id = await held();
    const posted = (await (await test.post(DOCUMENT_BODY)).json()) as { id: string };
    for (const args of [
      ['redeliver', id, '--given-up'],
      ['recover', id, ...ALL],
    ]) {
      expect((await run(...args)).stderr).to.match(/^The webhook is held\. /);
    }
    const refused = await run('enable', id);
    expect(refused).to.include({ code: 2 });
    expect(refused.stderr).to.match(/say from where on it sends, with --since or --after/);
    expect(receiver.received).to.deep.equal([]);
    expect((await run('enable', id, '--since', '2019-04-08')).code).to.equal(0);
    await until('it came', () => receiver.received.some(({ event }) => event.subject === posted.id));
    expect(await show(id)).to.include({ status: 'enabled', detail: null });
  });

  for (const [code, args, says] of [
    [4, ['show', NONE], /^There is no webhook/],
    [4, ['deliveries', NONE], /^There is no webhook/],
    [4, ['enable', NONE], /^There is no webhook/],
    [4, ['disable', NONE, '--yes'], /^There is no webhook/],
    [4, ['recover', NONE, ...ALL], /^There is no webhook/],
    [4, ['redeliver', NONE, '--given-up'], /^There is no webhook/],
    [2, ['redeliver', NONE], /give one delivery or more, or --given-up/],
    [2, ['redeliver', NONE, NONE, '--since', '2019-04-08'], /--since goes with --given-up/],
    [2, ['redeliver', NONE, '--given-up', '--rate', '0'], /It must be a number a second, at most 1000/],
    [2, ['recover', NONE], /say from where on/],
    [2, ['recover', NONE, ...ALL, '--after', 'x'], /cannot be used with/],
    [2, ['deliveries', NONE, '--status', 'lost'], /Allowed choices are waiting/],
  ] as const) {
    it(`ends with ${code} for ${args.join(' ')}`, async () => {
      const ended = await run(...args);
      expect(ended).to.include({ code, stdout: '' });
      expect(ended.stderr).to.match(says);
    });
  }

  describe('without a service', () => {
    let data: EmbeddedData;
    const id = newId();

    before(async () => {
      data = embeddedData();
      await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
      const registered = {
        ...{ organization_id: METADATA.organization_id, sees: 'organization', url: 'https://example.com/' },
        ...{ types: ['*'], album_id: null, thin: false, ordered: false, v1a: false },
        watermark: { log: newId(), service: 'elsewhere', position: '0', event: null },
      };
      await data.append(`webhook-${id}`, newEvent({ type: 'WebhookRegistered', data: registered }));
    });

    after(() => data.remove());

    it('reads without beginning or changing anything, whatever the views have seen', async () => {
      const directory = String(data.env.DATA_DIR);
      for (const isProjected of [false, true]) {
        if (isProjected) await data.project();
        const before = readdirSync(directory).map((file) => [
          file,
          readFileSync(join(directory, file)).toString('hex'),
        ]);
        const { stdout } = await imports(data.env, 'webhooks', 'list');
        expect(stdout).to.match(new RegExp(`^${id}\t.*\theld\t.*Its watermark is of another event log`));
        for (const typed of [`show ${id}`, `deliveries ${id}`, `recover ${id} --since 2019-01-01 --dry-run`]) {
          await imports(data.env, 'webhooks', ...typed.split(' '));
        }
        const after = readdirSync(directory).map((file) => [file, readFileSync(join(directory, file)).toString('hex')]);
        expect(after).to.deep.equal(before);
      }
    });

    it('lists deleted ones if that is asked for', async () => {
      const deleted = newEvent({ type: 'WebhookDeleted', data: {} });
      await data.with((log) => log.append(`webhook-${id}`, [deleted], 0));
      expect((await imports(data.env, 'webhooks', 'list')).stdout).to.equal('');
      expect((await imports(data.env, 'webhooks', 'list', '--deleted')).stdout).to.match(/\tdeleted\t/);
      expect((await imports(data.env, 'webhooks', 'show', id)).stderr).to.match(/^The webhook was deleted: /);
    });
  });
});
