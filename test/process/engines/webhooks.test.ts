import { expect } from 'chai';
import { until } from '../../support/until.ts';
import { startWebhookReceiver, status, type WebhookReceiver } from '../../support/webhook-receiver.ts';
import { describeOnEngines, type Engines, idOf, type Node, startEngines } from './engines.ts';

describeOnEngines('webhooks of several nodes that share their stores', (mongodb) => {
  let engines: Engines;
  let receiver: WebhookReceiver;

  const start = async (how: 'startNode' | 'startProcess') => {
    engines = await startEngines(mongodb());
    receiver = await startWebhookReceiver();
    // The same address for both, as it is a part of the mark of the installation.
    const EVENTSTORE_URL = engines.env.EVENTSTORE_URL as string;
    const nodes = await Promise.all([engines[how]({ EVENTSTORE_URL }), engines[how]({ EVENTSTORE_URL })]);
    await Promise.all(nodes.map((node) => node.ready()));
    return nodes as [Node, Node];
  };

  const register = async (node: Node) => {
    const made = await node.request('/api/v1/webhooks', {
      method: 'POST',
      body: JSON.stringify({ url: receiver.url, types: ['*'] }),
      headers: { 'Content-Type': 'application/json' },
    });
    expect(made.text).to.contain(receiver.url);
    return JSON.parse(made.text).id as string;
  };

  const cameTimes = (subject: string) => receiver.received.filter(({ event }) => event.subject === subject).length;

  afterEach(async () => {
    await engines?.stop();
    await receiver?.stop();
  });

  it('are sent by one of them, whichever was asked', async () => {
    const [one, other] = await start('startNode');
    await register(one);
    const ids = [idOf(await one.post()), idOf(await other.post()), idOf(await other.post())];
    await until('all came', () => ids.every((id) => cameTimes(id) > 0));
    expect(ids.map(cameTimes)).to.deep.equal([1, 1, 1]);
  });

  it('go on at the other after the one that sent was killed', async function () {
    this.timeout(60_000);
    const [one, other] = await start('startProcess');
    await register(one);
    const first = idOf(await one.post());
    await until('it came', () => cameTimes(first) === 1);
    receiver.answer = status(503);
    const second = idOf(await one.post());
    await until('it came', () => cameTimes(second) === 1);
    receiver.answer = status(200);
    const working = async (node: Node) =>
      (await node.operators('/metrics')).text.includes('imports_webhook_endpoints{status="working"} 1');
    const [sending, idle] = (await working(one)) ? [one, other] : [other, one];
    await sending.stop();
    const third = idOf(await idle.post());
    await until('the other sends', () => cameTimes(third) === 1, 40_000);
    await until('it sends what had failed', () => cameTimes(second) === 2);
    expect(cameTimes(first)).to.equal(1);
  });

  it('wait while MongoDB is away, and go on by themselves', async function () {
    this.timeout(60_000);
    const [one, other] = await start('startNode');
    await other.stop();
    await register(one);
    const first = idOf(await one.post());
    await until('it came', () => cameTimes(first) === 1);
    one.toMongodb.freeze();
    const second = idOf(await one.post());
    one.toMongodb.resume();
    await until('it came', () => cameTimes(second) >= 1, 30_000);
  });
});
