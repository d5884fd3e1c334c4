import { expect } from 'chai';
import { deliverySchema } from '../../../src/http/routes/webhooks/delivery-schema.ts';
import type { OutboundAnswer, OutboundPost } from '../../../src/outbound/guarded-client.ts';
import { OutboundError } from '../../../src/outbound/outbound-error.ts';
import type { WebhookView } from '../../../src/projections/views.ts';
import type { Attempt } from '../../../src/subscribers/webhooks/delivery-store.ts';
import { Sender } from '../../../src/subscribers/webhooks/sender.ts';
import { systemClock } from '../../../src/time/clock.ts';

const ENDPOINT = { id: 'endpoint', url: 'https://hooks.example.com/in' } as WebhookView;
const SIGNED = { 'webhook-id': 'event', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' };

/** What a sender makes of an answer, and what it posted. */
async function sent(answer: Partial<OutboundAnswer> | Error, traced: { traceparent?: string } = {}) {
  const posts: OutboundPost[] = [];
  const sender = new Sender({
    client: {
      async post(_url, post) {
        posts.push(post);
        if (answer instanceof Error) throw answer;
        return { status: 200, headers: {}, body: '', ms: 12.4, ...answer };
      },
    },
    signer: { headers: () => SIGNED },
    clock: systemClock,
  });
  const message = { id: 'event', body: '{}', ...traced };
  return { result: await sender.send(ENDPOINT, message, new AbortController().signal), post: posts[0] };
}

describe('the sender of webhooks', () => {
  it('posts a CloudEvent with its signature, for 15 s at most, and keeps a kilobyte of the answer', async () => {
    const { post } = await sent({});
    expect(post).to.include({ party: 'endpoint', body: '{}', timeoutMs: 15_000, answerBytes: 1_024 });
    expect(post?.headers).to.deep.include(SIGNED);
    expect(post?.headers['content-type']).to.match(/^application\/cloudevents\+json/);
    expect(post?.headers['user-agent']).to.match(/^import-api/);
  });

  it('gives on the traceparent of the event, if it has one', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect((await sent({}, { traceparent })).post?.headers).to.include({ traceparent });
    expect((await sent({})).post?.headers).not.to.have.property('traceparent');
  });

  it('takes any 2xx for an acknowledgement, 410 for the end, and all else for a failure', async () => {
    const outcomes: { [status: number]: string | undefined } = {};
    for (const status of [200, 202, 204, 299, 301, 308, 400, 404, 410, 429, 500, 503]) {
      outcomes[status] = (await sent({ status })).result?.outcome;
    }
    const [acknowledged, failed] = ['acknowledged', 'failed'];
    expect(outcomes).to.deep.equal({
      ...{ 200: acknowledged, 202: acknowledged, 204: acknowledged, 299: acknowledged, 410: 'gone' },
      ...{ 301: failed, 308: failed, 400: failed, 404: failed, 429: failed, 500: failed, 503: failed },
    });
  });

  it('records the answer and what it asks for', async () => {
    const { result } = await sent({ status: 503, body: 'busy', headers: { 'retry-after': '30' } });
    expect(result?.attempt).to.deep.include({ ms: 12, status: 503, answer: 'busy', failure: null });
    expect(result?.retryAfterMs).to.equal(30_000);
  });

  it('records an answer without a body as the description says', async () => {
    const attempt = (await sent({ status: 204, ms: 31.2 })).result?.attempt;
    const [example] = (deliverySchema.meta()?.examples ?? []) as { attempts: Attempt[] }[];
    expect(attempt).to.deep.equal({ ...example?.attempts[0], at: attempt?.at });
  });

  it('records why there was no answer', async () => {
    const { result } = await sent(new OutboundError('timeout', 'no answer came within 15 s'));
    expect(result).to.deep.include({ outcome: 'failed', retryAfterMs: null });
    expect(result?.attempt).to.deep.include({ status: null, answer: null, failure: 'no answer came within 15 s' });
  });

  it('knows nothing of an attempt that the service itself ended', async () => {
    expect((await sent(new OutboundError('aborted', 'this service ended the request'))).result).to.equal(null);
  });
});
