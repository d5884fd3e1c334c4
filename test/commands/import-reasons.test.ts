import { expect } from 'chai';
import { COURSE_OF, delayMs } from '../../src/commands/import-reasons.ts';
import { IMPORT_REASONS } from '../../src/events/import-events.ts';

describe('a reason why an import did not succeed', () => {
  it('has one course: at once for good, later again, or waiting for what is to be mended', () => {
    const byCourse = Object.groupBy(IMPORT_REASONS, (reason) => COURSE_OF[reason]);
    expect(byCourse.retried).to.have.members(['source_unavailable', 'checksum_mismatch', 'worker_lost']);
    expect(byCourse.waits).to.have.members([
      'connection_missing',
      'connection_refused',
      'limit_exceeded',
      'storage_unavailable',
    ]);
    expect(byCourse.permanent).to.have.length(IMPORT_REASONS.length - 7);
  });

  it('is followed by delays of 10 s, 1 min, 10 min, 1 h and 6 h, and then always 6 h', () => {
    const minutes = [1, 2, 3, 4, 5, 6, 100].map((failed) => delayMs('retried', failed, 0.5) / 60_000);
    expect(minutes).to.deep.equal([1 / 6, 1, 10, 60, 360, 360, 360]);
  });

  it('is followed by delays that differ by a fifth at most, so that what failed together is not tried together', () => {
    expect([0, 0.25, 1].map((random) => delayMs('retried', 2, random))).to.deep.equal([48_000, 54_000, 72_000]);
  });

  it('is followed by a short delay if the attempt does not count, twice as long each time in a row, up to 10 minutes', () => {
    const seconds = [1, 2, 3, 6, 7, 100].map((times) => delayMs('waits', times, 0.5) / 1_000);
    expect(seconds).to.deep.equal([10, 20, 40, 320, 600, 600]);
  });
});
