import { expect } from 'chai';
import { placeIn, placeText } from '../../src/history/place-text.ts';

describe('the text of a place in the log', () => {
  for (const [text, place] of [
    ['17', { position: 17n }],
    ['@17', { position: 17n }],
    ['2026-11-24T10:21:30.095+01:00', { timeMs: Date.UTC(2026, 10, 24, 9, 21, 30, 95) }],
    ['2026-11-24', { timeMs: Date.UTC(2026, 10, 24) }],
    ['17.5', null],
    ['2026-11-24T10:21:30', null],
  ] as const) {
    it(place === null ? `${text} names none` : `${text} names one, and is written so that it names the same`, () => {
      expect(placeIn(text)).to.deep.equal(place);
      if (place !== null) expect(placeIn(placeText(place))).to.deep.equal(place);
    });
  }
});
