import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import { DOCUMENT_BODY, testService } from '../../../support/service.ts';
import { until } from '../../../support/until.ts';
import {
  type Received,
  startWebhookReceiver,
  status,
  type WebhookReceiver,
} from '../../../support/webhook-receiver.ts';
import { registerWebhook } from '../../../support/webhooks.ts';

describe('a service with webhooks', () => {
  const test = testService({ NODE_ENV: 'development' });
  let receiver: WebhookReceiver;

  beforeEach(async () => {
    receiver = await startWebhookReceiver();
  });

  afterEach(() => receiver.stop());

  it('sends what was posted, and records that it did', async () => {
    const { services } = test.service;
    const webhook = await registerWebhook(services, receiver.url);
    const posted = (await (await test.post(DOCUMENT_BODY)).json()) as { id: string };
    await until('it came', () => receiver.received.length > 0);
    expect(receiver.received[0]?.event.subject).to.equal(posted.id);
    const delivered = await until('it is recorded', async () => {
      const [delivery] = await services.webhooks.deliveries({ endpoint: webhook.id, limit: 10 });
      return delivery?.status === 'delivered' && delivery;
    });
    expect(delivered.attempts).to.have.length(1);
    expect(delivered.attempts[0]).to.include({ status: 200, failure: null });
  });

  it('is signed as standardwebhooks verifies it', async () => {
    const { services } = test.service;
    const webhook = await registerWebhook(services, receiver.url);
    await test.post(DOCUMENT_BODY);
    await until('it came', () => receiver.received.length > 0);
    const { body, headers } = receiver.received[0] as Received;
    const verified = new Webhook(services.signer.secret(webhook)).verify(body, headers as Record<string, string>);
    expect(verified).to.deep.equal(JSON.parse(body));
    expect(headers['content-type']).to.contain('application/cloudevents+json');
  });

  it("continues the caller's trace at the receiver", async () => {
    await registerWebhook(test.service.services, receiver.url);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await test.post(DOCUMENT_BODY, { traceparent });
    await until('it came', () => receiver.received.length > 0);
    expect(receiver.received[0]?.headers).to.include({ traceparent });
  });

  it('counts what it sends, for operators', async () => {
    await registerWebhook(test.service.services, receiver.url);
    await test.post(DOCUMENT_BODY);
    await until('it came', () => receiver.received.length > 0);
    const metrics = await until('it is counted', async () => {
      const text = await (await test.request(`${test.operationsUrl}/metrics`)).text();
      return /imports_webhook_attempts_total\{outcome="delivered"\} \d/.test(text) && text;
    });
    expect(metrics)
      .to.match(/imports_webhook_endpoints\{status="working"\} [1-9]/)
      .and.match(/imports_webhook_deliveries_waiting \d/);
  });

  it('sends again what failed', async () => {
    const { services } = test.service;
    const webhook = await registerWebhook(services, receiver.url);
    receiver.answer = status(500);
    await test.post(DOCUMENT_BODY);
    await until('it came', () => receiver.received.length > 0);
    receiver.answer = status(200);
    await until('it came again', () => receiver.received.length > 1);
    expect(receiver.received[1]?.id).to.equal(receiver.received[0]?.id);
    await until('it is recorded', async () => {
      const [delivery] = await services.webhooks.deliveries({ endpoint: webhook.id, limit: 10 });
      return delivery?.status === 'delivered' && delivery.attempts.length === 2;
    });
  });
});

describe('a service with WEBHOOKS=off', () => {
  const test = testService({ NODE_ENV: 'development', WEBHOOKS: 'off' });

  it('sends nothing, and still knows where its webhooks stand', async () => {
    const receiver = await startWebhookReceiver();
    const { services } = test.service;
    const webhook = await registerWebhook(services, receiver.url);
    await test.post(DOCUMENT_BODY);
    expect(services.webhooks.isOn).to.equal(false);
    expect(await services.webhooks.heldReason(webhook)).to.equal(null);
    expect(await services.webhooks.deliveries({ endpoint: webhook.id, limit: 10 })).to.deep.equal([]);
    await receiver.stop();
    expect(receiver.received).to.deep.equal([]);
  });
});
