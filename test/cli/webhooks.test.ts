import { expect } from 'chai';
import { webhookDecider } from '../../src/commands/webhook.ts';
import { newId } from '../../src/events/new-id.ts';
import { streamName } from '../../src/events/streams.ts';
import { markOf } from '../../src/subscribers/webhooks/mark.ts';
import { Signer } from '../../src/subscribers/webhooks/signing/signer.ts';
import { Keys } from '../../src/tokens/keys.ts';
import { imports, runImports } from '../support/imports.ts';
import { DOCUMENT_BODY, JWT_SECRET, ORGANIZATION, USER } from '../support/service.ts';
import { until } from '../support/until.ts';
import { status } from '../support/webhook-receiver.ts';
import { ALL, NONE, webhooksAtWork } from './webhooks/at-work.ts';

describe('npx imports webhooks', () => {
  const world = webhooksAtWork();
  const { test, run, json, show, register, eventsOf, withDelivery, held } = world;

  it('lists them with their status, held ones with the reason', async () => {
    const [{ id }, other] = [await register({ types: ['import.requested'] }), await held()];
    const listed = new Map((await json('list')).map((one) => [one.id, one]));
    expect(listed.get(id)).to.deep.equal({
      ...{ id, organization_id: ORGANIZATION, status: 'enabled', url: world.receiver.url },
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
    world.receiver.answer = (_received, response) => void response.writeHead(500).end('out of\u009b order');
    const { id, delivery } = await withDelivery('waiting');
    const { stdout } = await run('deliveries', id, '--since', '2019-04-08');
    expect(stdout).to.match(new RegExp(`^${delivery}\t.*\twaiting\t`));
    expect(stdout).to.match(/^ {2}\d{4}-\S+\t\d+ ms\t500\tout of\\u\{9b\} order$/m);
    expect((await run('deliveries', id, '--status', 'delivered')).stdout).to.equal('');
    expect((await run('deliveries', id, '--since', '2100-01-01')).stdout).to.equal('');
    expect((await json('list')).find((one) => one.id === id)?.failing_since).to.match(/^\d{4}-/);
  });

  it('disables one with a reason, on record as this operator, after a yes', async () => {
    const { id } = await register();
    expect(await run('disable', id)).to.include({ code: 2 });
    const asked = runImports(world.env, ['webhooks', 'disable', id], { isAtTerminal: true });
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
    world.receiver.answer = status(410);
    const { id } = await register();
    await test.post(DOCUMENT_BODY);
    await until('it is disabled', async () => (await show(id)).status === 'disabled');
    const { stdout } = await imports(world.env, 'audit', '--webhook', id);
    expect(stdout).to.match(/WebhookDisabled, .* {3}by the service itself of .*null → "gone"/s);
  });

  it('is audited: who did what to it and why, without its watermarks', async () => {
    const { id } = await register();
    const { execute, feed, webhooks } = test.service.services;
    const watermark = markOf(await feed.end(), webhooks.service);
    const context = { organization_id: ORGANIZATION, request_id: newId() };
    await execute(webhookDecider, streamName('webhook', id), { type: 'MoveWatermark', watermark }, context);
    await run('disable', id, '--detail', 'moved', '--yes');
    const { code, stdout } = await imports(world.env, 'audit', '--webhook', id);
    expect(code).to.equal(0);
    expect(stdout).to.match(/WebhookRegistered, .* {3}by user .*WebhookDisabled, .* {3}by operator .*"moved"/s);
    expect(stdout).not.to.contain('WatermarkMoved');
    const lines = (await imports(world.env, 'audit', '--webhook', id, '--json')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).type)).to.deep.equal(['WebhookRegistered', 'WebhookDisabled']);
    expect(await imports(world.env, 'audit', '--webhook', NONE)).to.include({ code: 4 });
  });

  it('enables one from now on, and changes nothing if it is enabled', async () => {
    const { id } = await register();
    await run('disable', id, '--yes');
    await test.post(DOCUMENT_BODY);
    expect(await run('enable', id)).to.include({ code: 0, stderr: 'The webhook is enabled.\n' });
    const posted = (await (await test.post(DOCUMENT_BODY)).json()) as { id: string };
    await until('it came', () => world.receiver.received.length > 0);
    expect(world.receiver.received.map(({ event }) => event.subject)).to.deep.equal([posted.id]);
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
    expect(world.receiver.received).to.deep.equal([]);
    expect((await run('enable', id, '--since', '2019-04-08')).code).to.equal(0);
    await until('it came', () => world.receiver.received.some(({ event }) => event.subject === posted.id));
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
});
