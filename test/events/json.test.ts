import { expect } from 'chai';
import { isNumberAsSent, parseJson } from '../../src/events/json.ts';

describe('JSON', () => {
  for (const text of [
    '1',
    '0',
    '-0',
    '1.0',
    '1.5',
    '-0.0',
    '1e5',
    '1E400',
    '12345678901234567890',
    '9007199254740993',
    '0.1000000000000000055511151231257827',
    '{"a":[1.10,{"b":2.50}],"c":-1e-7}',
    '{"__proto__":{"x":1.0},"constructor":2}',
    '["1.0 and 12345678901234567890",1.0]',
    '"\\ud800"',
  ]) {
    it(`${text} is written back as it was`, () => {
      expect(JSON.stringify(parseJson(text))).to.equal(text);
    });
  }

  it('keeps numbers with spaces around them too', () => {
    expect(JSON.stringify(parseJson('[ 1.0 ,\n-0,\t1e1 ]'))).to.equal('[1.0,-0,1e1]');
  });

  it('has ordinary numbers if a double holds them as written', () => {
    expect(parseJson('[1,1.5,-3,0]')).to.deep.equal([1, 1.5, -3, 0]);
  });

  it('has numbers kept as text that can be recognized', () => {
    const kept = parseJson('1.0');
    expect(isNumberAsSent(kept) && kept.rawJSON).to.equal('1.0');
  });

  it('is refused if it is malformed', () => {
    for (const text of ['', ' ', '{"a":', 'NaN', '{"a":1.}', '[01]']) {
      expect(() => parseJson(text), text).to.throw(SyntaxError);
    }
  });
});
