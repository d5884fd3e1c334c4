import { expect } from 'chai';
import { grepArgument } from '../../../src/cli/reading/grep.ts';

describe('--grep', () => {
  for (const [text, path, value] of [
    ['params.album_id=5005', ['params', 'album_id'], '5005'],
    ['album_id=', ['album_id'], ''],
    ['a=b=c.d\\', ['a'], 'b=c.d\\'],
    [String.raw`params.a\.b\=c\\.d=x`, ['params', 'a.b=c\\', 'd'], 'x'],
    ['params..a=x', ['params', '', 'a'], 'x'],
    ['é\n.👋=\u001b', ['é\n', '👋'], '\u001b'],
  ] as const) {
    it(`takes ${JSON.stringify(text)}`, () => {
      expect(grepArgument(text)).to.deep.equal([{ path, text: value }]);
    });
  }

  it('adds to those before it', () => {
    expect(grepArgument('b=2', grepArgument('a=1'))).to.deep.equal([
      { path: ['a'], text: '1' },
      { path: ['b'], text: '2' },
    ]);
  });

  for (const text of ['', 'album_id', '=x', 'a\\=x', 'a\\']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => grepArgument(text)).to.throw(/PATH=VALUE, such as params\.album_id=/);
    });
  }
});
