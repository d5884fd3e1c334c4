import { expect } from 'chai';
import { findingJsonLine, findingLine, repairJsonLine, repairLine } from '../../../src/cli/verify/finding-text.ts';
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

  it('has the stream, what it is and both values on one line', () => {
    expect(findingLine(different('"a"', null))).to.equal(
      'import-1\tdifferent\tparams: in the log\'s fold "a", in the read model nothing\n',
    );
    expect(findingLine({ stream: null, what: 'gap', reason: 'position 7 comes after 5' })).to.equal(
      'the log\tgap\tposition 7 comes after 5\n',
    );
  });

  it('shows of long values where they begin to differ', () => {
    const same = 'x'.repeat(5_000);
    const line = findingLine(different(`"${same}1${same}"`, `"${same}2${same}"`));
    expect(line)
      .to.match(/fold …x+1x+…, in the read model …x+2x+…\n$/)
      .and.to.have.length.below(400);
  });

  it('is inert, and one line whatever is in it', () => {
    const nasty = '"\u001b[2J\u202e\n"';
    for (const line of [
      findingLine({ ...different(nasty, null), stream: nasty }),
      findingLine({ stream: null, what: 'damaged', reason: nasty }),
      findingJsonLine({ ...different(nasty, null), stream: nasty, reason: nasty }),
      repairLine({ view: { ...view, stream: nasty }, after: null }, true),
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
    expect(repairLine(repair, false)).to.equal('user-1\twritten again at revision 2\n');
    expect(repairLine({ ...repair, after: null }, true)).to.equal('user-1\twould be removed\n');
    expect(JSON.parse(repairJsonLine(repair, true))).to.deep.equal({ stream: 'user-1', plan: 'write', revision: 2 });
    expect(JSON.parse(repairJsonLine({ ...repair, after: null }, false))).to.deep.equal({
      stream: 'user-1',
      done: 'remove',
      revision: null,
    });
  });
});
