import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { until } from '../../support/until.ts';
import { type Appender, eventsIn, newPlace, startAppender } from './fixture.ts';

/** A file may not grow past so many blocks of 512 bytes: a write beyond fails half done, as on a disk that is full. */
const FULL = 'ulimit -S -f 2048';

describe('the embedded log on a full disk', () => {
  let place: ReturnType<typeof newPlace>;
  let appender: Appender;

  before(function () {
    if (!canRaiseLimits()) this.skip();
  });

  beforeEach(() => {
    place = newPlace();
    appender = startAppender(place.file, { inFlight: 16, shell: FULL });
  });

  afterEach(async () => {
    appender.process.kill('SIGKILL');
    await appender.ended;
    place.remove();
  });

  it('is unavailable for appends, can still be read, and appends again when there is space', async () => {
    await until('the disk is full', () => appender.failures.length > 100);
    const before = appender.acknowledged.length;
    expect(before).to.be.above(50);
    expect(new Set(appender.failures)).to.deep.equal(new Set(['log_unavailable']));
    raiseLimit(appender);
    await until('it appends again', () => appender.acknowledged.length > before + 500);
    await expectAcknowledgedOnce();
  });

  it('has every acknowledged event after its process was killed while the disk was full', async () => {
    await until('the disk is full', () => appender.failures.length > 100);
    await expectAcknowledgedOnce();
  });

  async function expectAcknowledgedOnce(): Promise<void> {
    appender.process.kill('SIGKILL');
    await appender.ended;
    const ids = (await eventsIn(place.file)).map(({ id }) => id);
    const held = new Set(ids);
    expect(held.size).to.equal(ids.length);
    expect(appender.acknowledged.filter((id) => !held.has(id))).to.deep.equal([]);
  }
});

function canRaiseLimits(): boolean {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function raiseLimit({ process }: Appender): void {
  execFileSync('prlimit', [`--pid=${process.pid}`, '--fsize=unlimited:']);
}
