import { expect } from 'chai';
import { startProgress } from '../../src/cli/progress.ts';

/** A terminal that remembers, and a clock that is set. */
function setUp(isTTY: boolean, isWanted = true, columns = 60) {
  const written: string[] = [];
  const terminal = { isTTY, columns, write: (text: string) => written.push(text) };
  const clock = { ms: 0 };
  return { written, clock, progress: startProgress(terminal, isWanted, () => clock.ms) };
}

describe('progress', () => {
  it('is drawn over itself with speed, share and time left', () => {
    const { written, clock, progress } = setUp(true);
    clock.ms = 1000;
    progress.update(500, 0.1);
    clock.ms = 2000;
    progress.update(1000, 0.2);
    expect(written).to.deep.equal([
      '\r\x1b[K500 events, 500/s, 10 %, 9 s left',
      '\r\x1b[K1000 events, 500/s, 20 %, 8 s left',
    ]);
  });

  it('has no share where the whole is not known', () => {
    const { written, clock, progress } = setUp(true);
    clock.ms = 500;
    progress.update(10, null);
    expect(written).to.deep.equal(['\r\x1b[K10 events, 20/s']);
  });

  it('tells the speed of the last ten seconds', () => {
    const { written, clock, progress } = setUp(true);
    for (let second = 1; second <= 100; second += 0.2) {
      clock.ms = second * 1000;
      progress.update(second < 50 ? second * 5000 : 250_000 + (second - 50) * 10, null);
    }
    expect(written.at(-1)).to.match(/, 10\/s$/);
  });

  it('is drawn five times a second at most', () => {
    const { written, clock, progress } = setUp(true);
    for (clock.ms = 1; clock.ms <= 1000; clock.ms += 1) progress.update(clock.ms, null);
    expect(written).to.have.length(5);
  });

  it('makes way for what is said, and is cleared at the end', () => {
    const { written, clock, progress } = setUp(true);
    clock.ms = 1000;
    progress.update(1, null);
    progress.say('Hello.');
    clock.ms = 2000;
    progress.update(2, null);
    progress.end();
    expect(written.slice(1)).to.deep.equal(['\r\x1b[K', 'Hello.\n', '\r\x1b[K2 events, 1/s', '\r\x1b[K']);
  });

  for (const [what, isTTY, isWanted] of [
    ['elsewhere than on a terminal', false, true],
    ['where it is not wanted', true, false],
  ] as const) {
    it(`is not drawn ${what}, but what is said is written`, () => {
      const { written, clock, progress } = setUp(isTTY, isWanted);
      clock.ms = 1000;
      progress.update(1, 0.5);
      progress.say('Hello.');
      progress.end();
      expect(written).to.deep.equal(['Hello.\n']);
    });
  }

  it('fits into the line', () => {
    const { written, clock, progress } = setUp(true, true, 10);
    clock.ms = 1000;
    progress.update(123_456, null);
    expect(written).to.deep.equal(['\r\x1b[K123456 ev']);
  });
});
