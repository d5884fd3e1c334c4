import { expect } from 'chai';
import { Origins } from '../../src/outbound/origins.ts';
import { OutboundError } from '../../src/outbound/outbound-error.ts';
import { destinations } from '../support/destinations.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { until } from '../support/until.ts';

const END = new OutboundError('aborted', 'the end');

describe('the connections to origins', () => {
  const start = (idleMs: number) =>
    new Origins(destinations({ lookUp: async () => [] }), { connections: 32, idleMs, reuseMs: 10_000 });

  it('are forgotten when they are not used, though they never came about', async () => {
    const origins = start(20);
    const requests = Array.from({ length: 2_000 }, async (_, at) => {
      const origin = `https://h${at}.example`;
      const held = origins.take('a party', origin);
      const error = await rejectionOf(held.dispatcher.request({ origin, path: '/', method: 'POST' }));
      held.release();
      return error;
    });
    expect(origins.size).to.equal(2_000);
    for (const error of await Promise.all(requests)) expect(error).to.include({ code: 'no_allowed_address' });
    await until('all are forgotten', () => origins.size === 0);
  });

  it('are kept while a request holds them, and shared by those of one origin', async () => {
    const origins = start(1);
    const [held, other] = [origins.take('a party', 'https://a.example'), origins.take('a party', 'https://a.example')];
    expect(held.dispatcher).to.equal(other.dispatcher);
    other.release();
    const idle = origins.take('a party', 'https://b.example');
    idle.release();
    await until('the idle one is forgotten', () => origins.size === 1);
    expect(origins.take('a party', 'https://a.example').dispatcher).to.equal(held.dispatcher);
    await origins.close(END);
    expect(origins.size).to.equal(0);
  });
});
