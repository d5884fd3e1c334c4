import { Readable } from 'node:stream';
import { expect } from 'chai';
import { linesIn, lineText } from '../../../src/operations/transfer/lines.ts';
import { rejectionOf } from '../../support/rejection-of.ts';

/** Text as chunks of so many bytes. */
function inChunks(text: string, size: number): Readable {
  const bytes = Buffer.from(text);
  const count = Math.ceil(bytes.length / size);
  return Readable.from(Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size)));
}

async function linesOf(chunks: AsyncIterable<Buffer>) {
  const lines = [];
  for await (const line of linesIn(chunks)) lines.push(line);
  return lines;
}

describe('lines of an input', () => {
  for (const size of [1, 2, 3, 5, 1000]) {
    it(`are the same when they come in chunks of ${size} bytes`, async () => {
      const lines = await linesOf(inChunks('é👋\n\nb\u2028c\r\nlast', size));
      expect(lines.map(lineText)).to.deep.equal(['é👋', '', 'b\u2028c', 'last']);
      expect(lines.map(({ number }) => number)).to.deep.equal([1, 2, 3, 4]);
      expect(lines.map(({ end }) => end)).to.deep.equal([7, 8, 15, 19]);
    });
  }

  it('end with the last line feed, or without one', async () => {
    expect((await linesOf(inChunks('a\nb\n', 10))).map(lineText)).to.deep.equal(['a', 'b']);
    expect(await linesOf(inChunks('', 10))).to.deep.equal([]);
  });

  it('may be megabytes long', async () => {
    const long = 'x'.repeat(8_000_000);
    const [first, second] = await linesOf(inChunks(`${long}\nb`, 65_536));
    expect(first?.bytes.length).to.equal(long.length);
    expect(second?.bytes.toString()).to.equal('b');
  });

  it('have a limit of length', async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(1024 * 1024, 'x');
    }
    expect((await rejectionOf(linesOf(endless()))).message).to.equal('Line 1 is longer than 33554432 bytes');
  });

  it('lose their byte order mark', async () => {
    expect((await linesOf(inChunks('\uFEFFa\n', 10))).map(lineText)).to.deep.equal(['a']);
  });

  it('must be UTF-8', async () => {
    const [line] = await linesOf(Readable.from([Buffer.from([0x61, 0xff, 0x0a])]));
    expect(() => line && lineText(line)).to.throw('it is not UTF-8');
  });
});
