import { expect } from 'chai';
import { apiOrigin, connectionOrigin } from '../../../../src/importer/sources/salesforce/origin.ts';

const ACME = 'https://acme.my.salesforce.com';

describe("the URL of an organization's Salesforce", () => {
  for (const url of [
    ACME,
    'https://acme--dev.sandbox.my.salesforce.com',
    'https://salesforce.acme.example',
    'https://localhost:8443',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
  ]) {
    it(`may be ${url}`, () => {
      expect(connectionOrigin(url)).to.equal(url);
      expect(connectionOrigin(`${url}/`)).to.equal(url);
    });
  }

  for (const [url, says] of [
    ['acme.my.salesforce.com', /is not the URL of an organization/],
    [`${ACME}/services/oauth2/token`, /without user, path and query/],
    [`${ACME}/?a=b`, /without user, path and query/],
    ['https://user:secret@acme.my.salesforce.com', /without user, path and query/],
    ['https://login.salesforce.com', /use the organization's own My Domain/],
    ['https://test.salesforce.com', /use the organization's own My Domain/],
    ['http://acme.my.salesforce.com', /must begin with https:\/\//],
  ] as const) {
    it(`is not ${url}`, () => {
      expect(() => connectionOrigin(url)).to.throw(says);
    });
  }
});

describe('the place of the API that a login names', () => {
  it("is the connection's own host, or one of Salesforce's", () => {
    expect(apiOrigin(ACME, ACME)).to.equal(ACME);
    expect(apiOrigin('https://na1.salesforce.com/', ACME)).to.equal('https://na1.salesforce.com');
    expect(apiOrigin('https://acme.my.salesforce.mil', 'https://sf.acme.example')).to.equal(
      'https://acme.my.salesforce.mil',
    );
    expect(apiOrigin('http://127.0.0.1:8080', 'http://127.0.0.1:8080')).to.equal('http://127.0.0.1:8080');
  });

  for (const named of [
    'https://evil.example',
    'https://salesforce.com.evil.example',
    'https://evilsalesforce.com',
    'http://acme.my.salesforce.com',
    'https://acme.my.salesforce.com:8443',
    'http://127.0.0.1:8080',
    'no URL',
  ]) {
    it(`is not ${named}`, () => {
      expect(apiOrigin(named, ACME)).to.equal(null);
    });
  }
});
