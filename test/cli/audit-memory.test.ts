import { Writable } from 'node:stream';
import { expect } from 'chai';
import { run } from '../../src/cli/program.ts';
import { makeEmbeddedLog } from '../../src/events/embedded/embedded-log-in-making.ts';
import type { RecordedEvent } from '../../src/events/event-log.ts';
import { newId } from '../../src/events/new-id.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { IMPORT_REQUESTED, METADATA, newEvent, USER_REGISTERED } from '../support/events.ts';
import { environment } from '../support/process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const EVENTS = 12_000;
/** What is held is looked at as often; the least of the early looks counts, and of the late ones. The first trees fill what is kept anyway. */
const EVERY = 1_000;
const [EARLY, LATE] = [
  [2_000, 5_000],
  [8_000, 11_000],
] as const;
/** The ids of 6,000 events alone take more, and the events 8 MB. */
const MOST_GROWTH_BYTES = 400_000;

describe('the memory of npx imports audit', () => {
  const directory = temporaryDirectory();
  const env = environment({ NODE_ENV: 'production', DATA_DIR: directory.path });

  before(async () => {
    const log = makeEmbeddedLog(`${directory.path}/events.db`, newId());
    const events = Array.from({ length: EVENTS }, (_, index): RecordedEvent => {
      const event = newEvent(IMPORT_REQUESTED, { request_id: newId() });
      return { ...event, stream: `import-${newId()}`, revision: 0, position: BigInt(index + 1) };
    });
    await log.take(events);
    await log.finish(`user-${METADATA.user_id}`, newEvent(USER_REGISTERED));
    await log.close();
  });

  after(() => directory.remove());

  for (const args of [
    ['--user', METADATA.user_id],
    ['--user', METADATA.user_id, '--json'],
    ['--about', `organization:${METADATA.organization_id}`, '--since', '1'],
  ]) {
    it(`does not grow with the number of events: ${args.join(' ')}`, async () => {
      const held = await heldIn(env, ['audit', ...args]);
      expect(held.events).to.equal(EVENTS + 1);
      expect(held.growthBytes).to.be.below(MOST_GROWTH_BYTES);
    });
  }
});

/** How much more is held once the run has written all than after the first events. */
async function heldIn(env: NodeJS.ProcessEnv, args: readonly string[]) {
  const heapBytes = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  let events = 0;
  const heldBytes = new Map<number, number>();
  const stdout = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      events +=
        text.split(/ {2}(?:ImportRequested|UserRegistered), |"type":"(?:ImportRequested|UserRegistered)"/).length - 1;
      if (events % EVERY === 0) heldBytes.set(events, heapBytes());
      done();
    },
  });
  const silent = new Writable({ write: (_text, _encoding, done) => done() });
  const stdin = process.stdin;
  const code = await run(args, {
    ...{ env, stdin, stdout, stderr: silent, signal: new AbortController().signal },
    leave: () => {},
    lowerPriority: () => {},
  });
  expect(code).to.equal(0);
  const least = ([from, to]: readonly [number, number]) =>
    Math.min(...[...heldBytes].filter(([at]) => at >= from && at <= to).map(([, bytes]) => bytes));
  return { events, growthBytes: least(LATE) - least(EARLY) };
}
