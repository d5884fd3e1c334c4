import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { eventInLine, exportLine, MalformedLine } from '../../../src/operations/transfer/event-line.ts';

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
  it('is a JSON object with its data and metadata as text', () => {
    const line = exportLine(event);
    expect(line.indexOf('\n')).to.equal(line.length - 1);
    expect(JSON.parse(line)).to.deep.equal({ ...event, position: '12345678901234567890' });
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
      const read = eventInLine(exportLine(withData(data)));
      // Not deep.equal: it would print megabytes.
      expect(read.data === data).to.equal(true);
      expect(read.metadata === data).to.equal(true);
    });
  }

  it('is read back with all members', () => {
    expect(eventInLine(exportLine(event))).to.deep.equal(event);
  });

  it('is read back if it is about an operation on the service', () => {
    const operation = { ...event, stream: 'operations' };
    expect(eventInLine(exportLine(operation))).to.deep.equal(operation);
  });

  it('stays one line if its JSON has line ends, and keeps them', () => {
    const line = exportLine(withData('{\r\n"a":1\n}'));
    expect(line.trimEnd()).to.not.match(/[\r\n]/);
    expect(eventInLine(line).data).to.equal('{\r\n"a":1\n}');
  });

  it('may have its members in any order, with spaces around them', () => {
    const { type, ...others } = { ...event, position: String(event.position) };
    expect(eventInLine(`\t${JSON.stringify({ ...others, type }, null, 2)} `)).to.deep.equal(event);
  });

  it('of an earlier version, whose data and metadata are no text, is read to the byte', () => {
    const lines = readFileSync(new URL('older-export.ndjson', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n');
    for (const line of lines) {
      const { data, metadata, ...place } = eventInLine(line);
      const rest = JSON.stringify({ ...place, position: String(place.position) }).slice(0, -1);
      expect(`${rest},"data":${data},"metadata":${metadata}}`).to.equal(line);
    }
    expect(lines).to.have.length(3);
  });

  it('may escape any character in strings', () => {
    expect(
      eventInLine(exportLine(event).replace('"ImportRequested"', String.raw`"\u0049mportRequested"`)),
    ).to.deep.equal(event);
  });

  const line = exportLine(event).trim();
  for (const [what, text, says] of [
    ['no JSON', 'hello', /not JSON/],
    ['a line that is cut off', line.slice(0, -5), /not JSON/],
    ['two objects', `${line}${line}`, /not JSON/],
    ['an array', `[${line}]`, /not a JSON object/],
    ['null', 'null', /not a JSON object/],
    ['an empty object', '{}', /position must be digits/],
    ['a member too many', line.replace('{', '{"more":1,'), /no event has: more/],
    ['a member too few', line.replace('"revision":3,', ''), /revision must be a whole number/],
    [
      'a position that is a number',
      line.replace('"12345678901234567890"', '17'),
      /position must be digits in quotes: 17/,
    ],
    ['a negative position', line.replace('"12345678901234567890"', '"-1"'), /position must be/],
    ['a stream of another kind', line.replace('"import-', '"order-'), /stream must be/],
    ['a stream without a UUID', line.replace(ID, '7'), /stream must be/],
    ['a stream in upper case', line.replace(ID, ID.toUpperCase()), /in lower case/],
    ['a revision with a fraction', line.replace(':3,', ':3.5,'), /revision must be a whole number/],
    ['a negative revision', line.replace(':3,', ':-3,'), /revision must be/],
    ['a revision beyond what is exact', line.replace(':3,', ':9007199254740993,'), /revision must be/],
    ['an id that is no UUID', line.replace(event.id, 'x'), /id must be a UUID in lower case: "x"/],
    ['a type that is empty', line.replace('ImportRequested', ''), /type must be/],
    ['data that is no object', line.replace(/"data":".*?}"/, '"data":"[1]"'), /data must be a JSON object/],
    ['data that is no JSON', line.replace(/"data":".*?}"/, '"data":"{"'), /data must be a JSON object/],
    ['metadata that is null', line.replace('"metadata":"{}"', '"metadata":null'), /metadata must be/],
    ['data that is no text, after metadata that is', line.replace(/"data":".*?}"/, '"data":{}'), /data must be/],
  ] as const) {
    it(`is refused: ${what}`, () => {
      expect(() => eventInLine(text)).to.throw(MalformedLine, says);
    });
  }
});
