import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { ownOrigin } from '../../../src/http/in/own-origin.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { startTestService, testService } from '../../support/service.ts';

describe('the origin of the service', () => {
  const PROXY = '10.0.0.7';
  const originOf = (headers: Record<string, string>, { url = '/', publicUrl = null as string | null } = {}) =>
    ownOrigin(
      publicUrl,
      (address, hop) => address === PROXY && hop === 0,
    )({
      url,
      headers,
      socket: { remoteAddress: headers.from ?? '192.0.2.1' },
    } as unknown as IncomingMessage);

  for (const host of ['imports.example.com', 'localhost:3000', '192.0.2.7:80', '[2001:db8::7]:3000', 'a_b.internal']) {
    it(`is that of the Host: ${host}`, () => {
      expect(originOf({ host })).to.equal(`http://${host}`);
    });
  }

  for (const host of [
    '',
    'a b',
    'a>; rel="next", <http://evil.example',
    'a/../b',
    'user@host',
    'a?b',
    'a#b',
    'a,b',
    'a:port',
    'a:',
    ':80',
    '[::1',
    '[x]',
    'a\\b',
    'é',
    'a%3E',
    'a'.repeat(256),
    `${'a:'.repeat(8_000)}`,
  ]) {
    it(`is unknown if the Host is no host: ${host.slice(0, 40)}`, () => {
      expect(originOf({ host })).to.equal('');
    });
  }

  it('is unknown without a Host', () => {
    expect(originOf({})).to.equal('');
  });

  it('is that of a request for a whole URL, whatever its Host is', () => {
    expect(originOf({ host: 'other' }, { url: 'HTTP://imports.example.com:3000/api' })).to.equal(
      'http://imports.example.com:3000',
    );
    expect(originOf({ host: 'other' }, { url: 'http://user@imports.example.com/api' })).to.equal('');
  });

  it('is unknown through a proxy that is not trusted, since the proxy may be the one that speaks TLS', () => {
    for (const header of ['forwarded', 'x-forwarded-proto', 'x-forwarded-for', 'x-forwarded-host', 'via']) {
      expect(originOf({ host: 'h', [header]: 'https' }), header).to.equal('');
    }
  });

  for (const [headers, origin] of [
    [{ 'x-forwarded-proto': 'https' }, 'https://h'],
    [{ 'x-forwarded-proto': 'http' }, 'http://h'],
    [{ 'x-forwarded-proto': 'HTTPS, http' }, 'https://h'],
    [{ 'x-forwarded-proto': 'javascript' }, ''],
    [{ 'x-forwarded-proto': 'httpsx' }, ''],
    [{ forwarded: 'for=192.0.2.60;proto=https;by=203.0.113.43' }, 'https://h'],
    [{ forwarded: 'for="[2001:db8::7]:47";proto="https", for=10.0.0.1;proto=http' }, 'https://h'],
    [{ forwarded: 'for=192.0.2.60, for=10.0.0.1;proto=https' }, ''],
    [{ 'x-forwarded-for': '192.0.2.60' }, ''],
  ] as const) {
    it(`is ${origin || 'unknown'} if a trusted proxy says ${JSON.stringify(headers)}`, () => {
      expect(originOf({ host: 'h', from: PROXY, ...headers })).to.equal(origin);
    });
  }

  it('is PUBLIC_URL if that is set, whatever the request says', () => {
    const publicUrl = 'https://imports.example.com/images';
    expect(originOf({ host: 'evil.example', via: 'x' }, { publicUrl })).to.equal(publicUrl);
  });
});

describe('the Link to the next page', () => {
  const service = testService();
  const PUBLIC_URL = 'https://imports.example.com/images/';
  const linkFor = async (target: string, host: string, to = service) => {
    const request = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${to.authorization()}\r\n\r\n`;
    const { headers } = await rawRequest(to.url, [request]);
    return headers.find(([name]) => name === 'Link')?.[1];
  };

  before(async () => {
    for (let made = 0; made < 2; made += 1) await service.post('');
  });

  it('is a whole URL, which every client can follow', async () => {
    expect(await linkFor('/api/v1/imports?limit=1', 'imports.example.com:81')).to.match(
      /^<http:\/\/imports\.example\.com:81\/api\/v1\/imports\?limit=1&cursor=[\w-]+>; rel="next"$/,
    );
  });

  it('is relative to the request, and well formed, if the Host is no host', async () => {
    expect(await linkFor('/api/v1/imports?limit=1', 'evil.example>; rel="next", <http://x')).to.match(
      /^<\/api\/v1\/imports\?limit=1&cursor=[\w-]+>; rel="next"$/,
    );
  });

  it('begins with PUBLIC_URL, including its path, if that is set', async () => {
    const behind = await startTestService({ PUBLIC_URL });
    try {
      for (let made = 0; made < 2; made += 1) await behind.post('');
      expect(await linkFor('/api/v1/imports?limit=1', 'evil.example', behind)).to.match(
        /^<https:\/\/imports\.example\.com\/images\/api\/v1\/imports\?limit=1&cursor=[\w-]+>; rel="next"$/,
      );
    } finally {
      await behind.stop();
    }
  });
});
