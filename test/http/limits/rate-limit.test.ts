import { expect } from 'chai';
import { RateLimit } from '../../../src/http/limits/rate-limit.ts';
import { parseRates } from '../../../src/http/limits/rates.ts';
import { Problem } from '../../../src/http/out/problem.ts';

describe('the rates of callers', () => {
  let nowMs: number;
  let limit: RateLimit;
  const isRefused = (caller = 'a') => {
    try {
      limit.request(caller);
      return false;
    } catch (problem) {
      return (problem as Problem).status === 429;
    }
  };

  beforeEach(() => {
    nowMs = 0;
    limit = new RateLimit({ requests: 2, bytes: 1_000 }, () => nowMs);
  });

  it('allow a number of requests in a second, and more as time passes', () => {
    expect([isRefused(), isRefused(), isRefused()]).to.deep.equal([false, false, true]);
    nowMs += 500;
    expect([isRefused(), isRefused()]).to.deep.equal([false, true]);
  });

  it('save up no more than one second’s amount', () => {
    nowMs += 60_000;
    expect([isRefused(), isRefused(), isRefused()]).to.deep.equal([false, false, true]);
  });

  it('are counted for each caller separately', () => {
    expect([isRefused('a'), isRefused('a'), isRefused('a'), isRefused('b')]).to.deep.equal([false, false, true, false]);
  });

  it('say after what time more may be sent; a refusal says the longest of these times', () => {
    const told = () => Object.fromEntries(limit.headers('a'));
    limit.bytes('a', 400);
    expect(told()).to.deep.equal({
      'RateLimit-Policy': '"requests";q=2;w=1, "bytes";q=1000;w=1',
      RateLimit: '"requests";r=2;t=1, "bytes";r=600;t=1',
    });
    expect([isRefused(), isRefused(), isRefused()]).to.deep.equal([false, false, true]);
    limit.bytes('a', 9_600);
    expect(told().RateLimit).to.equal('"requests";r=0;t=1, "bytes";r=0;t=10');
    expect(() => limit.request('a'))
      .to.throw(Problem, '1000 bytes')
      .that.deep.includes({ headers: [['Retry-After', '10'], ...limit.headers('a')] });
  });

  it('accept a large body, then make the next request wait until it is paid for', () => {
    limit.bytes('a', 4_000);
    let problem: Problem | null = null;
    try {
      limit.request('a');
    } catch (thrown) {
      problem = thrown as Problem;
    }
    expect(problem?.headers).to.deep.include(['Retry-After', '4']);
    nowMs += 3_500;
    expect(isRefused()).to.equal(false);
  });

  for (const [setting, rates] of [
    ['requests=50', { requests: 50, bytes: null }],
    ['bytes=1000000, requests=5', { requests: 5, bytes: 1_000_000 }],
    ['', undefined],
    ['50', undefined],
    ['requests=0', undefined],
    ['requests=5,requests=6', undefined],
    ['requests=5;bytes=6', undefined],
  ] as const) {
    it(`are read from ${JSON.stringify(setting)} as ${JSON.stringify(rates)}`, () => {
      expect(parseRates(setting)).to.deep.equal(rates);
    });
  }
});
