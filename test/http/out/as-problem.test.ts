import { expect } from 'chai';
import { AppendTooLarge } from '../../../src/events/errors.ts';
import { asProblem } from '../../../src/http/out/as-problem.ts';

describe('the problem of an import that is too large for the event log', () => {
  it('is about the record, not about the limit of the body', () => {
    const { status, message } = asProblem(new AppendTooLarge(1_048_576));
    expect(status).to.equal(413);
    expect(message).to.match(/record.* 1048576 bytes/);
  });
});
