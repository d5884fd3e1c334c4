import { expect } from 'chai';
import { json, objectsIn, parse, refusalOf, textOf } from './parse.ts';

describe('a JSON body', () => {
  const readings: [fact: string, body: string, params: string][] = [
    ['gives the members of its object', '{"a":1,"b":{"c":[true,"x"]}}', '{"a":1,"b":{"c":[true,"x"]}}'],
    ['that is a list goes under _json', '[1,{"a":null},null]', '{"_json":[1,{"a":null}]}'],
    ['that is a text, a number or null goes under _json', '"x"', '{"_json":"x"}'],
    ['that is null goes under _json', 'null', '{"_json":null}'],
    ['that is a number goes under _json as sent', ' 1.50 ', '{"_json":1.50}'],
    [
      'loses the nulls of its lists at any depth, and keeps those of its objects',
      '{"a":[null,[null,1],{"b":null}],"c":null}',
      '{"a":[[1],{"b":null}],"c":null}',
    ],
    ['keeps an empty list and an empty object', '{"a":[],"b":{},"c":[[]]}', '{"a":[],"b":{},"c":[[]]}'],
    ['takes the last of two members of one name, in the place of the first', '{"a":1,"b":2,"a":3}', '{"a":3,"b":2}'],
    [
      'keeps numbers that a double would change',
      '{"a":12345678901234567890,"b":1.0,"c":1e308,"d":[-0]}',
      '{"a":12345678901234567890,"b":1.0,"c":1e308,"d":[-0]}',
    ],
    ['keeps numbers too small for a double', '[1e-400,-1E-999,0e999]', '{"_json":[1e-400,-1E-999,0e999]}'],
    ['keeps a NUL and an astral character', '{"a":"\\u0000\\ud83d\\ude00"}', '{"a":"\\u0000😀"}'],
  ];
  for (const [fact, body, params] of readings) {
    it(fact, () => {
      expect(textOf(json(body))).to.equal(params);
    });
  }

  it('is read under the synonyms that Rails knows', () => {
    for (const type of ['text/x-json', 'application/jsonrequest', 'application/json; charset=iso-8859-1']) {
      expect(textOf(parse(type, '{"a":"é"}')), type).to.equal('{"a":"é"}');
    }
  });

  it('makes plain keys of __proto__ and constructor, at every level, also beside numbers kept as text', () => {
    const text =
      '{"__proto__":{"polluted":1.0},"a":[{"__proto__":{"b":{}}}],"constructor":{"prototype":{"polluted":2}}}';
    const params = json(text);
    expect(textOf(params)).to.equal(text);
    expect(({} as { polluted?: number }).polluted).to.equal(undefined);
    for (const object of objectsIn(params)) expect(Object.getPrototypeOf(object)).to.equal(null);
  });

  for (const [body, name] of [
    ['{"a":1e400}', 'a'],
    ['{"a":{"b":[[-1e999]]}}', 'b'],
    ['[1E+309]', '_json'],
    ['1e400', '_json'],
    ['{"a":1.8e308}', 'a'],
    [`{"a":1${'0'.repeat(400)}}`, 'a'],
    ['{"__proto__":-1e400}', '__proto__'],
    [`{"a":1e${'9'.repeat(5_000)}}`, 'a'],
  ] as const) {
    it(`with a number that no double holds is refused: ${body.slice(0, 30)}`, () => {
      const refusal = refusalOf(() => json(body));
      expect(refusal).to.include({ status: 400, code: 'number_out_of_range' });
      expect(refusal.message).to.contain(`Parameter "${name}" has a number beyond the range`);
    });
  }

  it('keeps such a number if it is text, or if a later member replaces it', () => {
    expect(textOf(json('{"a":"1e400","b":1e400,"b":2}'))).to.equal('{"a":"1e400","b":2}');
  });

  it('that is not JSON is refused without quoting it', () => {
    for (const body of [
      '{"a":',
      '{a:1}',
      '{"a":NaN}',
      ' ',
      '\ufeff{}',
      '{} {}',
      '/* x */{}',
      '"\t"',
      '[1,]',
      '{"password":hunter2}',
      '\0',
    ]) {
      const refusal = refusalOf(() => json(body));
      expect(refusal, body).to.include({ status: 400, code: 'malformed_json' });
      expect(refusal.message + refusal.stack).not.to.contain('hunter2');
      expect(refusal.cause).to.equal(undefined);
    }
  });

  it('that is not UTF-8, or has half of a surrogate pair, is refused', () => {
    const bodies = ['{"a":"\xff"}', '{"\xff":1}', '{"a":"\\ud800"}', '{"a":["\\udc00x"]}', '{"\\ud83d":1}'];
    for (const body of bodies) {
      expect(
        refusalOf(() => json(Buffer.from(body, 'latin1'))),
        body,
      ).to.include({ status: 400, code: 'not_utf8' });
    }
  });
});
