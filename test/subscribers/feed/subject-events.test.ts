import { expect } from 'chai';
import { nextOfSubject, SUBJECT_EVENTS } from '../../../src/subscribers/feed/subject-events.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { MemoryLog } from '../../support/memory-log.ts';

const SUBJECT = '3d172b54-f40f-4df9-9342-0b042fac5382';

describe('the events of one subject', () => {
  let log: MemoryLog;
  const positions = async (after: bigint) => (await nextOfSubject(log, SUBJECT, after)).map(({ position }) => position);

  beforeEach(() => {
    log = new MemoryLog();
  });

  it('are those of its import, its webhook or its connection, after a position', async () => {
    for (const stream of [`webhook-${SUBJECT}`, 'import-other', `webhook-${SUBJECT}`]) {
      await log.append(stream, [newEvent(IMPORT_REQUESTED)]);
    }
    expect(await positions(0n)).to.deep.equal([1n, 3n]);
    expect(await positions(1n)).to.deep.equal([3n]);
    expect(await positions(3n)).to.deep.equal([]);
    for (const category of ['import', 'connection']) {
      log = new MemoryLog();
      await log.append(`${category}-${SUBJECT}`, [newEvent(IMPORT_REQUESTED)]);
      expect(await positions(0n)).to.deep.equal([1n]);
    }
  });

  it('are found by few and small readings, however long the stream is', async () => {
    const event = newEvent(IMPORT_REQUESTED);
    await log.append('import-other', [event, event, event]);
    await log.append(
      `webhook-${SUBJECT}`,
      Array.from({ length: 20_000 }, () => event),
    );
    const largest = { limit: 0 };
    const { readStream } = log;
    log.readStream = (stream, from, limit) => {
      largest.limit = Math.max(largest.limit, limit ?? Number.POSITIVE_INFINITY);
      return readStream.call(log, stream, from, limit);
    };
    for (const after of [0n, 1n, 502n, 503n, 504n, 5_000n, 19_503n, 20_001n, 20_002n, 20_003n]) {
      const before = log.readings.ofStreams;
      const found = await positions(after);
      const first = after < 3n ? 4n : after + 1n;
      const count = Math.min(SUBJECT_EVENTS, Math.max(0, 20_004 - Number(first)));
      expect(found).to.deep.equal(Array.from({ length: count }, (_, index) => first + BigInt(index)));
      expect(log.readings.ofStreams - before).to.be.below(20);
    }
    expect(largest.limit).to.equal(2 * SUBJECT_EVENTS);
  });
});
