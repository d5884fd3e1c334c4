import { expect } from 'chai';
import pino from 'pino';
import { type RequestLine, requestLines } from '../../src/http/request-lines.ts';
import { until } from '../support/until.ts';

const STRANGER: RequestLine = { status: 401, caller: undefined, denied: 'token_malformed' };
const KNOWN: RequestLine = { status: 200, caller: 'user:f1900bba-e339-4dc9-87df-9dc8665adead' };

describe('the log lines of requests', () => {
  it('are few for a flood without valid tokens, and say so; those of known callers are all written', async () => {
    const lines: Record<string, unknown>[] = [];
    const say = requestLines(pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) }));
    const began = performance.now();
    for (let number = 0; number < 2_000; number += 1) say(STRANGER);
    for (let number = 0; number < 2_000; number += 1) say(KNOWN);
    const seconds = (performance.now() - began) / 1_000;
    const ofStrangers = lines.filter(({ caller }) => caller === undefined);
    expect(ofStrangers.length).to.be.within(100, 100 * (Math.floor(seconds) + 1));
    expect(lines.filter(({ caller }) => caller === KNOWN.caller)).to.have.length(2_000);
    // Where the flood lasts for more than a second, some lines of it say so already.
    const leftOut = () => lines.reduce((sum, { lines_left_out = 0 }) => sum + Number(lines_left_out), 0);
    await until('later lines say how many had none', () => {
      say(STRANGER);
      return leftOut() >= 2_000 - ofStrangers.length;
    });
    expect(lines.at(-1)).to.include({ denied: 'token_malformed', msg: 'request' });
  });

  it('say that an answer was a failure', () => {
    const lines: Record<string, unknown>[] = [];
    const say = requestLines(pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) }));
    say({ ...STRANGER, status: 503 });
    say({ ...KNOWN, status: 500 });
    for (const line of lines) expect(line).to.include({ level: 50, msg: 'request failed' });
    expect(lines).to.have.length(2);
  });
});
