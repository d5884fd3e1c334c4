import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { eventOf, lineOf, MalformedLine } from '../../../src/cli/transfer/event-line.ts';
import type { RecordedEvent } from '../../../src/events/event-log.ts';

const ID = '0199c0de-0000-7000-8000-000000000000';

const event: RecordedEvent = {
  position: 12345678901234567890n,
  stream: `import-${ID}`,
  revision: 3,
  id: randomUUID(),
  type: 'ImportRequested',
  data: '{"a":1}',
  metadata: '{}',
};

const withData = (data: string): RecordedEvent => ({ ...event, data, metadata: data });

describe('an event as a line', () => {
  it('has its members in the documented order', () => {
    expect(lineOf({ ...event, id: ID })).to.equal(
      `{"position":"12345678901234567890","stream":"import-${ID}","revision":3,"id":"${ID}",` +
        '"type":"ImportRequested","data":{"a":1},"metadata":{}}\n',
    );
  });

  for (const [what, data] of [
    ['numbers that no double holds', '{"n":12345678901234567890,"f":1.50,"e":1E+400,"z":-0.0}'],
    ['keys that look like integers, in their order', '{"b":1,"10":2,"2":3,"__proto__":{"__proto__":null}}'],
    ['escapes', String.raw`{"\u0061\"\\":"\u00e9\/\n\\\\\"","\\":"\\\"}"}`],
    ['brackets inside strings', '{"}{":"]},\\"metadata\\":{","[":[["}"],{}]}'],
    ['separators that JSON may hold and JavaScript took for line ends', '{"t":"\u2028\u2029\u0085"}'],
    ['characters beyond the first plane, and lone surrogates', '{"t":"👋\\ud800"}'],
    ['nothing', '{}'],
    ['space between values', '{ "a" : [ 1 , 2 ] }'],
    ['a key that comes twice', '{"a":1,"a":2}'],
    ['nesting', `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['a long string', `{"a":"${'\\"x'.repeat(2_000_000)}"}`],
  ] as const) {
    it(`is read back to the byte with ${what}`, () => {
      const read = eventOf(lineOf(withData(data)));
      // Not deep.equal: it would print megabytes.
      expect(read.data === data).to.equal(true);
      expect(read.metadata === data).to.equal(true);
    });
  }

  it('is read back with all that it has', () => {
    expect(eventOf(lineOf(event))).to.deep.equal(event);
  });

  it('is read back where it tells what an operator did to the service', () => {
    const operation = { ...event, stream: 'operations' };
    expect(eventOf(lineOf(operation))).to.deep.equal(operation);
  });

  it('stays one line where its JSON has line ends', () => {
    expect(eventOf(lineOf(withData('{\r\n"a":1\n}'))).data).to.equal('{  "a":1 }');
  });

  it('may be written by hand, with space around', () => {
    const line = lineOf(event).trim().replaceAll('":', '" : ').replaceAll(',"', ' , "');
    expect(eventOf(`\t${line} `)).to.deep.equal({ ...event, data: '{"a" : 1}' });
  });

  it('may escape what it likes in strings', () => {
    expect(eventOf(lineOf(event).replace('"ImportRequested"', String.raw`"\u0049mportRequested"`))).to.deep.equal(
      event,
    );
  });

  const line = lineOf(event).trim();
  for (const [what, text, says] of [
    ['no JSON', 'hello', /not JSON/],
    ['a line that is cut off', line.slice(0, -5), /not JSON/],
    ['two objects', `${line}${line}`, /not JSON/],
    ['an array', `[${line}]`, /not a JSON object/],
    ['null', 'null', /not a JSON object/],
    ['an empty object', '{}', /must be position, stream/],
    ['a member too many', line.replace('{', '{"more":1,'), /they are more, position/],
    ['a member that comes twice', line.replace('{', '{"position":"1",'), /they are position, position/],
    ['a member too few', line.replace('"revision":3,', ''), /must be position, stream, revision/],
    ['another order', `{"stream":"import-${ID}",${line.slice(1)}`, /in this order/],
    [
      'a position that is a number',
      line.replace('"12345678901234567890"', '17'),
      /position must be digits in quotes: 17/,
    ],
    ['a negative position', line.replace('"12345678901234567890"', '"-1"'), /position must be/],
    ['a stream of another kind', line.replace('"import-', '"order-'), /stream must be/],
    ['a stream without a UUID', line.replace(ID, '7'), /stream must be/],
    ['a stream in upper case', line.replace(ID, ID.toUpperCase()), /in lower case/],
    ['a revision with a fraction', line.replace(':3,', ':3.0,'), /revision must be a whole number/],
    ['a negative revision', line.replace(':3,', ':-3,'), /revision must be/],
    ['a revision beyond what is exact', line.replace(':3,', ':9007199254740993,'), /revision must be/],
    ['an id that is no UUID', line.replace(event.id, 'x'), /id must be a UUID in lower case: "x"/],
    ['a type that is empty', line.replace('ImportRequested', ''), /type must be/],
    ['data that is no object', line.replace('{"a":1}', '[1]'), /data must be a JSON object/],
    ['metadata that is no object', line.replace('"metadata":{}', '"metadata":null'), /metadata must be/],
  ] as const) {
    it(`is refused: ${what}`, () => {
      expect(() => eventOf(text)).to.throw(MalformedLine, says);
    });
  }
});
