import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { codeOf } from '../../../src/errors/code-of.ts';
import type { EventLog, RecordedEvent } from '../../../src/events/event-log.ts';
import type { StandIn } from '../../support/eventstore/stand-in.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { startProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { newStream } from '../new-event.ts';
import { Fixture, newEvents, urlOf } from './fixture.ts';

const CLOSED = /appended at revision 0, closed/;

describe('closing the log in EventStoreDB', () => {
  const fixture = new Fixture();
  let server: StandIn;

  beforeEach(async () => {
    server = await fixture.start();
  });

  it('does not disturb another log in the process, even if one of the servers stops', async () => {
    const other = await fixture.start();
    const [one, two] = [await fixture.open(server.url), await fixture.open(other.url)];
    other.faults.isPaused = true;
    const underWay = Array.from({ length: 20 }, () => two.append(newStream(), newEvents(1), 'no_stream'));
    const outcomes = Promise.all(underWay);
    await server.stop();
    expect(await rejectionOf(one.append(newStream(), newEvents(1), 'no_stream'))).to.include({
      code: 'log_unavailable',
    });
    await one.close();
    other.faults.isPaused = false;
    for (const { revision } of await outcomes) expect(revision).to.equal(0);
  });

  it('finishes running appends', async () => {
    const log = await fixture.open(server.url);
    const appends = Array.from({ length: 100 }, () => log.append(newStream(), newEvents(1), 'no_stream'));
    await log.close();
    const outcomes = await Promise.all(appends);
    expect(outcomes).to.have.length(100);
  });

  it('rejects a running read rather than return a part of it', async () => {
    const log = await fixture.open(server.url);
    const stream = newStream();
    for (let round = 0; round < 10; round += 1) await log.append(stream, newEvents(2_000), 'any');
    const { responses } = server.calls;
    const outcomes = [log.readStream(stream), log.readAll(0n, 50_000)].map((read) => read.then(lengthOf, codeOf));
    await until('they are read', () => server.calls.responses > responses + 1_000);
    await log.close();
    expect(await Promise.all(outcomes)).to.deep.equal(['log_unavailable', 'log_unavailable']);
  });

  it('ends followers with an error', async () => {
    const log = await fixture.open(server.url);
    const following = followForEver(log);
    await until('it follows', () => server.calls.subscriptions === 1);
    await log.close();
    expect(await rejectionOf(following)).to.include({ code: 'log_unavailable' });
  });

  for (const tls of [false, true]) {
    it(`leaves no connection open ${tls ? 'with' : 'without'} TLS`, async () => {
      const secure = await fixture.start({ tls });
      const proxy = await startProxy(secure.port);
      fixture.onCleanUp(() => proxy.stop());
      const log = await fixture.open(secure.url.replace(`:${secure.port}`, `:${proxy.port}`));
      await log.append(newStream(), newEvents(1), 'no_stream');
      expect(proxy.connections()).to.be.above(0);
      await log.close();
      await until('there is no connection', () => proxy.connections() === 0);
    });
  }

  it('may be repeated', async () => {
    const log = await fixture.open(server.url);
    await log.close();
    await log.close();
  });

  it('lets the process end by itself at once', async () => {
    const ended = await appendOnce(urlOf(server.port));
    expect(ended).to.include({ code: 0 });
    expect(ended.output).to.match(CLOSED);
    expect(ended.lingeredMs).to.be.below(5_000);
  });

  for (const [what, behindMs] of [
    ['a day ahead', 86_400_000],
    ['a day late', -86_400_000],
  ] as const) {
    it(`is possible after an append although the clock of the server is ${what}`, async () => {
      expect((await appendOnce(urlOf(server.port), String(behindMs))).output).to.match(CLOSED);
    });
  }
});

async function followForEver(log: EventLog): Promise<void> {
  for await (const _ of log.follow(0n, new AbortController().signal));
}

function lengthOf(events: readonly RecordedEvent[]): number {
  return events.length;
}

/** Runs `appends-once.ts`; gives how it ended, and how long after it was done. */
async function appendOnce(...args: string[]): Promise<{ code: number; output: string; lingeredMs: number }> {
  const script = fileURLToPath(new URL('appends-once.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let doneAt = Infinity;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      if (CLOSED.test(output)) doneAt = Math.min(doneAt, performance.now());
    });
  }
  const [code] = await once(child, 'close');
  return { code, output, lingeredMs: performance.now() - doneAt };
}
