import { expect } from 'chai';
import { wrapped } from '../../src/cli/wrapped.ts';
import { runImports } from '../support/imports.ts';

describe('help at a terminal', () => {
  it('is wrapped to its width: all but commands to copy', async () => {
    const { stdin, ended } = runImports({}, ['events', '--help'], { isAtTerminal: true, columns: 60 });
    stdin.end();
    const lines = (await ended).stdout.split('\n');
    const long = lines.filter((line) => line.length > 60 && !line.startsWith('  npx imports '));
    expect(long).to.deep.equal([]);
    expect(lines.some((line) => line.startsWith('  npx imports ') && line.length > 60)).to.equal(true);
  });

  it('keeps paragraphs apart, and joins the lines of one', () => {
    expect(wrapped('one two\nthree\n\nfour:\n  a  b  c  d  e\n', 9)).to.equal(
      'one two\nthree\n\nfour:\n  a  b  c  d  e\n',
    );
    expect(wrapped('one two\nthree four\n', 13)).to.equal('one two three\nfour\n');
  });
});
