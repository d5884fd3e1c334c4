import { expect } from 'chai';
import { asLogError } from '../../../src/events/eventstore/client-errors.ts';

describe('what is said of a server that does not know a call of EventStoreDB', () => {
  it('does not take it for an old EventStoreDB for certain: a proxy or another server answers the same', () => {
    const unimplemented = Object.assign(new Error('12 UNIMPLEMENTED: HTTP status 404'), { code: 12 });
    expect(asLogError(unimplemented, 's').message).to.match(/before 23\.10, or another server/);
  });
});
