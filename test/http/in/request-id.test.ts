import { expect } from 'chai';
import { callersRequestId } from '../../../src/http/in/request-id.ts';

describe('the id that a caller gives a request', () => {
  it('is as it was sent', () => {
    expect(callersRequestId('fa057bb6-d3cf-4427-8b65-b4d14d83bcb8')).to.equal('fa057bb6-d3cf-4427-8b65-b4d14d83bcb8');
  });

  it('is reduced to letters, digits, _, - and @, then to 255 characters', () => {
    expect(callersRequestId(' a.b/c_d-e@f é\t"')).to.equal('abc_d-e@f');
    expect(callersRequestId(`${'.'.repeat(10)}${'x'.repeat(300)}`)).to.equal('x'.repeat(255));
  });

  it('is none if nothing was sent or nothing is left', () => {
    for (const sent of [undefined, '', '...']) expect(callersRequestId(sent)).to.equal(undefined);
  });
});
