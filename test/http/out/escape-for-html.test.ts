import { expect } from 'chai';
import { escapeForHtml } from '../../../src/http/out/escape-for-html.ts';

describe('a character that is escaped in JSON', () => {
  const expected = (json: string) =>
    json.replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

  for (const [what, piece] of Object.entries({
    nothing: 'x',
    'every character of it': '<>&\u2028\u2029',
    'some of it': 'a<b> & c\u2028d\u2029 ',
    'beside text of many bytes': 'é<☃>👋🏽\u2027\u2028\u202a\u20ac\ue280<',
    'at the end alone': `${'x'.repeat(9_000)}<`,
    'a line separator at the end': `${'â\u0080'.repeat(9_000)}\u2028`,
  })) {
    for (const times of [1, 5_000]) {
      it(`${what}, ${times} times, is written as Rails writes it`, async () => {
        const json = piece.repeat(times === 1 || piece.length > 99 ? 1 : times);
        expect(String(await escapeForHtml(json)) === expected(json)).to.equal(true);
      });
    }
  }

  it('does not block the event loop in a large text, however much of it is escaped', async () => {
    let turns = 0;
    const count = () => {
      turns += 1;
      if (turns < 1_000) setImmediate(count);
    };
    setImmediate(count);
    await escapeForHtml('<'.repeat(1_048_576));
    expect(turns).to.be.at.least(7);
  });
});
