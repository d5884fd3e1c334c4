import { validateHeaderValue } from 'node:http';
import { expect } from 'chai';
import { redactedHeader } from '../../src/redaction/redacted-header.ts';

describe('X-Redacted', () => {
  it('lists the places', () => {
    expect(redactedHeader(['headers[Authorization]', 'url'])).to.equal('headers[Authorization], url');
  });

  it('is a valid header whatever the names are', () => {
    const value = redactedHeader(['a[b\r\nX: y]', 'c, d%', 'é\u0000😀', '\ud800', 'Access Key']);
    expect(value).to.equal('a[b%0D%0AX:%20y], c%2C%20d%25, %C3%A9%00%F0%9F%98%80, %EF%BF%BD, Access%20Key');
    validateHeaderValue('X-Redacted', value);
  });

  it('ends in ... if it would be too long', () => {
    const places = Array.from({ length: 4_096 }, (_, i) => `headers[${i}]`);
    const value = redactedHeader(places);
    expect(value.length).to.be.within(900, 1_005);
    expect(value).to.match(/^headers\[0\], headers\[1\], .*, headers\[\d+\], \.\.\.$/);
    expect(redactedHeader(['x'.repeat(2_000), 'url'])).to.equal('...');
  });
});
