import { expect } from 'chai';
import { validate } from 'uuid';
import { requestIdOf } from '../../../src/http/in/request-id.ts';

describe("a request's id", () => {
  it("is the caller's", () => {
    expect(requestIdOf('fa057bb6-d3cf-4427-8b65-b4d14d83bcb8')).to.equal('fa057bb6-d3cf-4427-8b65-b4d14d83bcb8');
  });

  it('is reduced to letters, digits, _, - and @, then to 255 characters', () => {
    expect(requestIdOf(' a.b/c_d-e@f é\t"')).to.equal('abc_d-e@f');
    expect(requestIdOf(`${'.'.repeat(10)}${'x'.repeat(300)}`)).to.equal('x'.repeat(255));
  });

  it('is a new UUID if nothing was sent or nothing is left', () => {
    for (const sent of [undefined, '', '...']) expect(validate(requestIdOf(sent))).to.equal(true);
    expect(requestIdOf('')).to.not.equal(requestIdOf(''));
  });
});
