import { expect } from 'chai';
import { asLogError } from '../../../src/events/eventstore/client-errors.ts';

describe('the error for a server that does not know a call of EventStoreDB', () => {
  it('does not claim that it is an old EventStoreDB: a proxy or another server gives the same answer', () => {
    const unimplemented = Object.assign(new Error('12 UNIMPLEMENTED: HTTP status 404'), { code: 12 });
    expect(asLogError(unimplemented, 's').message).to.match(/before 23\.10, or another server/);
  });
});
