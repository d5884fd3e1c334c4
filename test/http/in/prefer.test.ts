import { expect } from 'chai';
import { waitIn } from '../../../src/http/in/prefer.ts';

describe('the header Prefer', () => {
  const cases: readonly [string | string[] | undefined, number][] = [
    [undefined, 0],
    ['', 0],
    ['wait=5', 5],
    ['Wait = 5', 5],
    ['wait="7"', 7],
    ['respond-async, wait=10', 10],
    ['wait=10; strict', 10],
    [['respond-async', 'wait=3'], 3],
    ['wait=31', 30],
    ['wait=999999', 30],
    ['wait=9999999', 0],
    ['wait=0', 0],
    ['wait=-1', 0],
    ['wait=1.5', 0],
    ['wait=soon', 0],
    ['wait', 0],
    ['awaits=5', 0],
  ];
  for (const [header, seconds] of cases) {
    it(`${JSON.stringify(header)} asks for ${seconds} s`, () => {
      expect(waitIn(header)).to.equal(seconds);
    });
  }
});
