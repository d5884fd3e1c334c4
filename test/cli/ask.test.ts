import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { ask } from '../../src/cli/ask.ts';

describe('a question at the terminal', () => {
  const nobody = new AbortController().signal;

  for (const [answer, expected] of [
    ['y', true],
    ['Yes', true],
    [' y ', true],
    ['n', false],
    ['', false],
    ['yesterday', false],
  ] as const) {
    it(`takes "${answer}" for ${expected ? 'yes' : 'no'}`, async () => {
      const [input, output] = [new PassThrough(), new PassThrough()];
      const asked = ask('Switch?', nobody, input, output);
      input.write(`${answer}\n`);
      expect(await asked).to.equal(expected);
      expect(String(output.read())).to.equal('Switch? [y/N] ');
    });
  }

  it('takes the end of the input for no', async () => {
    const input = new PassThrough();
    const asked = ask('Switch?', nobody, input, new PassThrough());
    input.end();
    expect(await asked).to.equal(false);
  });
});
