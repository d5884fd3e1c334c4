import { expect } from 'chai';
import { parsePaths, pathText } from '../../src/redaction/parameter-path.ts';

describe('paths of parameters', () => {
  it('are names as in a form, separated by commas', () => {
    expect(parsePaths(' metadatas[ssn], ftp_pass,a[b][c d],é[__proto__] ')).to.deep.equal([
      ['metadatas', 'ssn'],
      ['ftp_pass'],
      ['a', 'b', 'c d'],
      ['é', '__proto__'],
    ]);
  });

  it('are written as they were read', () => {
    expect(parsePaths('a, b[c][d e]').map(pathText)).to.deep.equal(['a', 'b[c][d e]']);
  });

  it('within another path are left out', () => {
    expect(parsePaths('a[b][c], a[b], a[bc], a[b], d, d[e]')).to.deep.equal([['a', 'b'], ['a', 'bc'], ['d']]);
  });

  for (const list of [
    '',
    ' ',
    ',',
    'a,',
    'a,,b',
    'a[',
    'a]',
    'a[]',
    'a[b',
    'a[b]c',
    '[a]',
    'a[b][]',
    'a[[b]]',
    'a[b]]',
  ]) {
    it(`are not ${JSON.stringify(list)}`, () => {
      expect(() => parsePaths(list)).to.throw(RangeError, /has ".*", which is no path of a parameter/);
    });
  }

  for (const path of ['album_id', 'import_type', 'album_id[a]', 'controller', 'action']) {
    it(`cannot be ${path}, which is not in the parameters alone`, () => {
      expect(() => parsePaths(`a, ${path}`)).to.throw(RangeError, `has "${path}", which`);
    });
  }
});
