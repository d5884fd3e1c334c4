import { expect } from 'chai';
import { type AllowedHosts, parseAllowedHosts } from '../../../../src/outbound/allowed-hosts.ts';
import { answer, imagesAtUrls, redirect } from './images-at-urls.ts';

describe('an image at a URL', () => {
  const images = imagesAtUrls();
  const { start, at, fetched, failureOf, clientFor } = images;

  describe('that is no URL', () => {
    for (const [url, reason, says] of [
      [undefined, 'source_missing', /no parameter url/],
      [null, 'source_missing', /no parameter url/],
      ['', 'source_missing', /no parameter url/],
      [' ', 'source_missing', /no parameter url/],
      [['https://a.example/'], 'source_missing', /no parameter url/],
      ['images.example/a.jpg', 'source_missing', /not a URL, such as https:/],
      ['https://', 'source_missing', /not a URL/],
      [`https://images.example/${'a'.repeat(16_384)}`, 'source_missing', /more than 16384 characters/],
      ['//images.example/a.jpg', 'source_missing', /not a URL/],
      ['ftp://images.example/a.jpg', 'blocked_address', /https:\/\/ or http:\/\/, not with ftp:/],
      ['file:///etc/passwd', 'blocked_address', /not with file:/],
      ['data:image/png;base64,AAAA', 'blocked_address', /not with data:/],
    ] as const) {
      it(`fails as ${reason}: ${String(JSON.stringify(url)).slice(0, 80)}`, async () => {
        await start({});
        const fetch = fetched({ url });
        const failure = await failureOf(fetch);
        expect(failure.reason).to.equal(reason);
        expect(failure.message).to.match(says);
        expect(fetch.calls).to.deep.equal([]);
      });
    }
  });

  describe('at an address that is refused', () => {
    const HOSTS = [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '１２７.0.0.1',
      '127.0.0.1.',
      '0',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[64:ff9b::7f00:1]',
      '169.254.169.254',
      '168.63.129.16',
      '192.168.0.1',
      '[fd00::1]',
      '[fe80::1]',
      'localhost',
      'rebound.example',
    ];
    for (const host of HOSTS) {
      it(`is not fetched, nor by a redirect: ${host}`, async () => {
        const sent = Buffer.from(host).toString('latin1');
        await start({ '/a': redirect(`http://${sent}:80/`), '/b': redirect(`//${sent}/`), '/': answer() });
        const fetch = fetched({ url: at('/', host) });
        expect(await failureOf(fetch)).to.include({ reason: 'blocked_address' });
        expect(fetch.calls).to.deep.equal([]);
        for (const path of ['/a', '/b']) {
          const redirected = fetched({ url: at(path) });
          const failure = await failureOf(redirected);
          expect(failure.reason).to.equal('blocked_address');
          expect(failure.message)
            .to.match(/^A redirect leads to where nothing is fetched from/)
            .and.not.include(host);
          expect(redirected.calls.map(({ status }) => status)).to.deep.equal([302]);
        }
        expect(images.receiver.heads).to.have.lengthOf(2);
      });
    }

    for (const to of [
      'http://images.example:22/',
      'ftp://images.example/',
      'file:///etc/passwd',
      'javascript:alert(1)',
    ]) {
      it(`is not fetched by a redirect to another port or scheme: ${to}`, async () => {
        await start({ '/a': redirect(to) });
        expect(await failureOf({ url: at('/a') })).to.include({ reason: 'blocked_address' });
      });
    }

    it('is not fetched if its name leads there a moment later', async () => {
      await start({
        '/a': (socket) => {
          images.leadsTo = ['10.0.0.1'];
          socket.end(redirect('/b').replace('\r\n', '\r\nConnection: close\r\n'));
        },
        '/b': answer(),
      });
      await images.client.close();
      images.client = clientFor({ allowedHosts: parseAllowedHosts('127.0.0.1') as AllowedHosts });
      expect(await failureOf({ url: at('/a') })).to.include({ reason: 'blocked_address' });
      expect(images.receiver.heads).to.have.lengthOf(1);
    });

    it('says the same of a name that does not exist and of one that is private', async () => {
      await start({});
      images.leadsTo = [];
      const missing = await failureOf({ url: 'https://a.example/' });
      images.leadsTo = ['10.0.0.1', 'fd00::1'];
      const hidden = await failureOf({ url: 'https://a.example/' });
      expect(missing).to.include({ reason: 'blocked_address', message: hidden.message });
      expect(hidden.message).to.match(/a\.example has no address .* IMPORT_ALLOWED_HOSTS\.$/);
    });
  });
});
