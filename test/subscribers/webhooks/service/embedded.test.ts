import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { until } from '../../../support/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../../support/webhook-receiver.ts';
import { killedWhileSending } from './killed.ts';
import { addUser, type WebhookNode, webhookNode } from './webhook-node.ts';

describe('webhooks of a service on the embedded stores', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let receiver: WebhookReceiver;
  let node: WebhookNode;
  let copy: WebhookNode | null;

  beforeEach(async () => {
    directory = temporaryDirectory();
    const env = { DATA_DIR: join(directory.path, 'data') };
    await addUser(env);
    receiver = await startWebhookReceiver();
    node = webhookNode(env);
    copy = null;
    await node.start();
  });

  afterEach(async () => {
    await node.kill();
    await copy?.kill();
    await receiver.stop();
    directory.remove();
  });

  const came = (subject: string | null) => receiver.received.filter(({ event }) => event.subject === subject).length;
  const posted = async () => {
    const id = await node.post();
    if (id === null) throw new Error('the POST was not acknowledged');
    return id;
  };

  it('arrive when a receiver that was down is back', async () => {
    const { port, url } = receiver;
    await receiver.stop();
    await node.register(url);
    const id = await posted();
    receiver = await startWebhookReceiver(port);
    await until('it came', () => came(id) > 0, 15_000);
  });

  it('go on after deliveries.db was lost, from the watermark', async () => {
    await node.register(receiver.url);
    const first = await posted();
    await until('it came', () => came(first) === 1);
    await node.stop();
    for (const ending of ['', '-wal', '-shm'])
      rmSync(join(directory.path, `data/deliveries.db${ending}`), { force: true });
    await node.start();
    const second = await posted();
    await until('it came', () => came(second) === 1);
    expect(came(first)).to.equal(1);
  });

  it('all arrive though the process is killed again and again while it sends', async function () {
    this.timeout(120_000);
    await node.register(receiver.url);
    const { acknowledged, lost } = await killedWhileSending(node, receiver, 2);
    expect(lost).to.deep.equal([]);
    expect(acknowledged).to.be.at.least(40);
  });

  it('of a copied folder are held, and those of the original go on', async () => {
    const webhook = await node.register(receiver.url);
    const first = await posted();
    await until('it came', () => came(first) === 1);
    await node.stop();
    const DATA_DIR = join(directory.path, 'copy');
    cpSync(join(directory.path, 'data'), DATA_DIR, { recursive: true });
    copy = webhookNode({ DATA_DIR });
    await copy.start();
    await until('it is held', async () => (await copy?.show(webhook))?.status === 'held');
    const inCopy = await copy.post();
    await until('the log says so', () => copy?.log().includes('a webhook is held'));
    await node.start();
    const second = await posted();
    await until('it came', () => came(second) === 1);
    expect(came(inCopy)).to.equal(0);
  });
});
