import { expect } from 'chai';
import { clientAddress } from '../../../src/http/in/client-address.ts';
import { type TrustedProxies, trustedProxies } from '../../../src/http/in/trusted-proxies.ts';
import { growthOf } from '../../support/growth.ts';

const SOCKET = '::ffff:10.0.0.1';
const trust = (setting: string) => trustedProxies(setting) as TrustedProxies;
const forwardedFor = (header: string, setting = '1', socket = SOCKET) =>
  clientAddress(socket, { 'x-forwarded-for': header }, trust(setting));
const forwarded = (header: string, setting = '1') => clientAddress(SOCKET, { forwarded: header }, trust(setting));

describe("a request's address", () => {
  it("is the socket's if no proxy is trusted, whatever the headers say", () => {
    const headers = { 'x-forwarded-for': '192.0.2.7', forwarded: 'for=192.0.2.7' };
    expect(clientAddress(SOCKET, headers, null)).to.deep.equal({ address: '10.0.0.1' });
    expect(clientAddress('2001:db8::1', headers, trust('0'))).to.deep.equal({ address: '2001:db8::1' });
    expect(clientAddress('192.0.2.1', headers, trust('10.0.0.0/8'))).to.deep.equal({ address: '192.0.2.1' });
  });

  it("is the socket's if a trusted proxy says nothing, or if there is none", () => {
    expect(clientAddress(SOCKET, {}, trust('1'))).to.deep.equal({ address: '10.0.0.1' });
    expect(clientAddress(undefined, {}, trust('1'))).to.deep.equal({ address: undefined });
  });

  for (const [header, address] of [
    ['192.0.2.7', '192.0.2.7'],
    ['198.51.100.1, 192.0.2.7', '192.0.2.7'],
    ['198.51.100.1,192.0.2.7 ', '192.0.2.7'],
    ['192.0.2.7:4711', '192.0.2.7'],
    ['[2001:DB8::7]:4711', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['192.0.2.7, unknown', '10.0.0.1'],
    ['192.0.2.7,', '10.0.0.1'],
    ['192.0.2.777', '10.0.0.1'],
    ['fe80::1%anything', '10.0.0.1'],
    ['<script>', '10.0.0.1'],
    ['', '10.0.0.1'],
  ] as const) {
    it(`of X-Forwarded-For: ${header} is ${address}`, () => {
      expect(forwardedFor(header)).to.deep.equal({ address });
    });
  }

  for (const [header, address] of [
    ['for=192.0.2.7', '192.0.2.7'],
    ['For="192.0.2.7:4711";proto=https', '192.0.2.7'],
    ['proto=https; by=203.0.113.43;for="[2001:db8::7]:_x"', '2001:db8::7'],
    ['for=198.51.100.1, for=192.0.2.7', '192.0.2.7'],
    ['for="198.51.100.1, for=192.0.2.7', '192.0.2.7'],
    ['for=192.0.2.7;host="evil, for=198.51.100.1"', '192.0.2.7'],
    ['for=192.0.2.7;host="evil\\", for=198.51.100.1"', '192.0.2.7'],
    ['host=";for=198.51.100.1";for=192.0.2.7', '192.0.2.7'],
    ['host="\\";for=198.51.100.1;\\"";for=192.0.2.7', '192.0.2.7'],
    ['for=unknown', '10.0.0.1'],
    ['for=_hidden', '10.0.0.1'],
    ['for=198.51.100.1, proto=https', '10.0.0.1'],
    ['198.51.100.1', '10.0.0.1'],
  ] as const) {
    it(`of Forwarded: ${header} is ${address}`, () => {
      expect(forwarded(header)).to.deep.equal({ address });
    });
  }

  it('is as many proxies back as are trusted, or as there are', () => {
    expect(forwardedFor('198.51.100.1, 192.0.2.7', '2')).to.deep.equal({ address: '198.51.100.1' });
    expect(forwardedFor('192.0.2.7', '3')).to.deep.equal({ address: '192.0.2.7' });
    expect(forwarded('for=198.51.100.1, for=192.0.2.7', '2')).to.deep.equal({ address: '198.51.100.1' });
  });

  it('is the first one that is not in the trusted networks', () => {
    const through = '198.51.100.1, 192.0.2.7, 2001:db8::9, 10.9.9.9';
    expect(forwardedFor(through, '10.0.0.0/8, 2001:db8::/32')).to.deep.equal({ address: '192.0.2.7' });
    expect(forwardedFor(through, '10.0.0.0/8 127.0.0.1')).to.deep.equal({ address: '2001:db8::9' });
  });

  it('is the last certain one if the two headers differ, with theirs beside it', () => {
    const headers = { 'x-forwarded-for': '192.0.2.7', forwarded: 'for=198.51.100.1' };
    expect(clientAddress(SOCKET, headers, trust('1'))).to.deep.equal({
      address: '10.0.0.1',
      forwarded_for: ['192.0.2.7', '198.51.100.1'],
    });
    const same = { 'x-forwarded-for': '192.0.2.7', forwarded: 'for=192.0.2.7' };
    expect(clientAddress(SOCKET, same, trust('1'))).to.deep.equal({ address: '192.0.2.7' });
  });

  it('is searched through a few proxies only', () => {
    let looks = 0;
    const counted: TrustedProxies = () => {
      looks += 1;
      return true;
    };
    clientAddress(SOCKET, { 'x-forwarded-for': '10.0.0.2,'.repeat(2_000).slice(0, -1) }, counted);
    expect(looks).to.equal(16);
  });

  for (const [what, hostile] of [
    ['commas', ','],
    ['spaces', ' '],
    ['quotes', '"'],
    ['quotes and commas', '",'],
    ['backslashes', '\\'],
    ['escaped quotes', '\\"'],
    ['pairs', 'a=b;'],
    ['half pairs', 'a='],
    ['digits', '1'],
    ['colons', ':'],
  ] as const) {
    it(`takes linear time in the ${what} of the headers`, () => {
      const headersOf = (length: number) => ({
        'x-forwarded-for': hostile.repeat(length),
        forwarded: `for="${hostile.repeat(length)}`,
      });
      const growth = growthOf(20_000, headersOf, (headers) => clientAddress(SOCKET, headers, trust('9')));
      expect(growth).to.be.lessThan(32);
    });
  }
});

describe('TRUST_PROXY', () => {
  for (const setting of [
    'true',
    'loopback',
    '-1',
    '10',
    '1.5',
    ',',
    '10.0.0.0/33',
    '10.0.0/8',
    '::/129',
    '10.0.0.1/',
    'x, 10.0.0.1',
  ]) {
    it(`does not take ${setting}`, () => {
      expect(trustedProxies(setting)).to.equal(undefined);
    });
  }
});
