import { expect } from 'chai';
import { placeArgument, pointArgument, timeArgument } from '../../../src/cli/reading/points.ts';
import { placeIn } from '../../../src/history/place-text.ts';

const MORNING = Date.UTC(2026, 10, 24, 9, 21, 30, 95);

describe('a point on the command line', () => {
  for (const [text, point] of [
    ['0', { revision: 0 }],
    ['12', { revision: 12 }],
    ['@0', { position: 0n }],
    ['@12345678901234567890', { position: 12345678901234567890n }],
    ['2026-11-24T10:21:30.095+01:00', { timeMs: MORNING }],
    ['2026-11-24T09:21:30.095Z', { timeMs: MORNING }],
    ['2026-11-24T09:21:30Z', { timeMs: MORNING - 95 }],
    ['2026-11-24', { timeMs: Date.UTC(2026, 10, 24) }],
  ] as const) {
    it(`may be ${text}`, () => {
      expect(pointArgument(text)).to.deep.equal(point);
    });
  }

  it('is a revision where it is a number alone, but of the whole log a position', () => {
    expect(pointArgument('17')).to.deep.equal({ revision: 17 });
    expect(placeArgument('17')).to.deep.equal({ position: 17n });
    expect(placeArgument('@17')).to.deep.equal({ position: 17n });
  });

  const NOW = Date.UTC(2026, 10, 24, 9, 21, 30, 95);
  for (const [text, timeMs] of [
    ['90m', NOW - 5_400_000],
    ['1h', NOW - 3_600_000],
    ['2d', NOW - 2 * 86_400_000],
    ['1w', NOW - 7 * 86_400_000],
    ['today', Date.UTC(2026, 10, 24)],
    ['yesterday', Date.UTC(2026, 10, 23)],
  ] as const) {
    it(`may be relative, as ${text} is`, () => {
      expect(placeIn(text, NOW)).to.deep.equal({ timeMs });
      expect(timeArgument(text)).to.be.a('number');
    });
  }

  for (const text of [
    '',
    'tomorrow',
    '1h30m',
    '-1h',
    '1y',
    '-1',
    '@',
    '@-1',
    '1.5',
    '2026-02-30',
    '2026-02-30T00:00:00Z',
    '2026-11-24T09:21:30',
    '2026-11-24T09:21:30.0951Z',
    '2026-11-24 09:21:30Z',
  ]) {
    it(`may not be ${JSON.stringify(text)}, and it says what to write`, () => {
      expect(() => pointArgument(text)).to.throw(
        /a revision \(0\), a position of the log \(@1200\), or a time with its zone/,
      );
      expect(() => placeArgument(text)).to.throw(/a position of the log \(1200 or @1200\), or a time with its zone/);
    });
  }
});
