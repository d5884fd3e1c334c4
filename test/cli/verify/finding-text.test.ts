import { expect } from 'chai';
import { findingJsonLine, findingTexts, repairJsonLine, repairTexts } from '../../../src/cli/verify/finding-text.ts';
import type { Finding } from '../../../src/operations/verify/finding.ts';
import { viewNamed } from '../../../src/projections/fold.ts';
import { userView } from '../../projections/some-views.ts';

const view = viewNamed('user', '1');

describe('a difference, printed', () => {
  const different = (inLog: string | null, inReadModel: string | null): Finding => ({
    stream: 'import-1',
    what: 'different',
    compared: { field: 'params', inLog, inReadModel },
  });

  it('has the stream, what it is and both values', () => {
    expect(findingTexts(different('"a"', null))).to.deep.equal([
      'import-1',
      'different',
      'params: in the log\'s fold "a", in the read model nothing',
    ]);
    expect(findingTexts({ stream: null, what: 'gap', reason: 'position 7 comes after 5' })).to.deep.equal([
      'the log',
      'gap',
      'position 7 comes after 5',
    ]);
  });

  it('shows of long values where they begin to differ', () => {
    const same = 'x'.repeat(5_000);
    const line = findingTexts(different(`"${same}1${same}"`, `"${same}2${same}"`)).at(-1);
    expect(line)
      .to.match(/fold …x+1x+…, in the read model …x+2x+…$/)
      .and.to.have.length.below(400);
  });

  it('is inert, and one line whatever is in it', () => {
    const nasty = '"\u001b[2J\u202e\n"';
    for (const line of [
      `${findingTexts({ ...different(nasty, null), stream: nasty }).join('\t')}\n`,
      `${findingTexts({ stream: null, what: 'damaged', reason: nasty }).join('\t')}\n`,
      findingJsonLine({ ...different(nasty, null), stream: nasty, reason: nasty }),
      `${repairTexts({ view: { ...view, stream: nasty }, after: null }, true).join('\t')}\n`,
      repairJsonLine({ view: { ...view, stream: nasty }, after: null }, true),
    ]) {
      expect(line.slice(0, -1)).to.match(/^[\t\x20-\x7e]+$/);
      expect(line.endsWith('\n')).to.equal(true);
    }
  });

  it('is JSON with the values as they are', () => {
    expect(JSON.parse(findingJsonLine(different('{"a":1}', null)))).to.deep.equal({
      stream: 'import-1',
      what: 'different',
      field: 'params',
      log: { a: 1 },
      read_model: null,
    });
    expect(findingJsonLine(different('12345678901234567890', '1.0'))).to.contain(
      '"log":12345678901234567890,"read_model":1.0',
    );
  });

  it('tells what is done about it, or would be', () => {
    const repair = { view, after: { revision: 2, view: userView() } };
    expect(repairTexts(repair, false)).to.deep.equal(['user-1', 'written again at revision 2']);
    expect(repairTexts({ ...repair, after: null }, true)).to.deep.equal(['user-1', 'would be removed']);
    expect(JSON.parse(repairJsonLine(repair, true))).to.deep.equal({ stream: 'user-1', plan: 'write', revision: 2 });
    expect(JSON.parse(repairJsonLine({ ...repair, after: null }, false))).to.deep.equal({
      stream: 'user-1',
      done: 'remove',
      revision: null,
    });
  });
});
