import { expect } from 'chai';
import { loggerTo } from '../../src/telemetry/logger.ts';

/** The object of the line that is logged with an error. */
function lineOf(err: unknown): { err: { [name: string]: unknown }; [name: string]: unknown } {
  let text = '';
  loggerTo({ write: (line: string) => (text += line) } as never, 'info').warn({ err }, 'something failed');
  return JSON.parse(text);
}

describe('the logger of a process', () => {
  it('says of an error what it is, why, and where', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const error = Object.assign(new TypeError('it failed', { cause }), { code: 'ours', port: 3000 });
    const { err, ...line } = lineOf(error);
    expect(line).to.include({ level: 40, msg: 'something failed' });
    expect(line.time).to.match(/^\d{4}-.*Z$/);
    expect(err).to.include({ type: 'TypeError', message: 'it failed: connect ECONNREFUSED', code: 'ours', port: 3000 });
    expect(err.stack).to.contain('logger.test.ts').and.contain('caused by: Error: connect ECONNREFUSED');
  });

  it('says nothing of what an error carries: a URL with its query, headers, bodies', () => {
    let ofNode: unknown;
    try {
      new URL('http://[x?token=secret');
    } catch (error) {
      ofNode = error;
    }
    const ofClient = Object.assign(new Error('refused'), { headers: { authorization: 'secret' }, body: 'secret' });
    for (const error of [ofNode, ofClient, new AggregateError([ofNode, ofClient], 'all failed')]) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + JSON.stringify(ofClient)).to.contain('secret');
      expect(JSON.stringify(lineOf(error))).to.not.contain('secret');
    }
    expect(lineOf(new AggregateError([ofClient], 'all failed')).err.aggregateErrors).to.have.length(1);
  });

  it('takes what is thrown and is no error as it is', () => {
    expect(lineOf('a text').err).to.equal('a text');
  });
});
