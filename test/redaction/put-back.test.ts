import { expect } from 'chai';
import { parsePaths } from '../../src/redaction/parameter-path.ts';
import { putBack } from '../../src/redaction/put-back.ts';
import { redactor } from '../../src/redaction/redact.ts';
import { form, json, textOf } from '../http/in/params/parse.ts';

describe('what was taken out of parameters', () => {
  for (const [sent, paths] of [
    [form('a=1&headers[Authorization]=Bearer%20x&headers[X-API-Key]=y&headers[Accept]=z&url=https://u:p@h/'), ''],
    [json('{"headers":{"cookie":["a",1.0],"Authorization":null},"url":"https://h/?X-Amz-Signature=ab"}'), ''],
    [form('metadatas[a][b]=1&metadatas[a][c]=2&metadatas[d]=3&ftp_pass=4'), 'metadatas[a][b], metadatas[d], ftp_pass'],
    [form('headers[Token]=1&headers[X-Mine]=2&url=https://u:p@h/'), 'headers, url'],
    [json('{"__proto__":{"a":1},"headers":{"Token":"1"}}'), '__proto__[a]'],
  ] as const) {
    it(`is put back into its place: ${textOf(sent)}`, () => {
      const { recorded, taken } = redactor(paths === '' ? [] : parsePaths(paths))(sent);
      expect(taken).to.not.deep.equal([]);
      const before = textOf(recorded);
      expect(textOf(putBack(recorded, taken))).to.equal(textOf(sent));
      expect(textOf(recorded)).to.equal(before);
    });
  }

  it('is left out if its place is not there', () => {
    expect(putBack({ a: 1 }, [{ place: 'headers[Cookie]', original: 'x' }])).to.deep.equal({ a: 1 });
  });
});
