import { expect } from 'chai';
import { redactor } from '../../../../src/redaction/redact.ts';
import { answer, imagesAtUrls } from './images-at-urls.ts';

describe('an image at a URL', () => {
  const images = imagesAtUrls();
  const { start, at, fetched, failureOf, header } = images;

  describe('with headers', () => {
    it('is asked with the headers of the caller, and with those credentials that were not recorded', async () => {
      await start({ '/a': answer() });
      const { recorded, taken } = redactor([])({
        url: at('/a', 'me:secret@images.example'),
        headers: {
          Authorization: 'Bearer secret',
          Cookie: 'a=secret',
          Referer: 'https://a.example/',
          'User-Agent': ' me ',
          'X-One': 1,
          'X-None': null,
        },
      });
      expect(JSON.stringify(recorded)).to.not.include('secret');
      await fetched(recorded, { credentials: taken }).fetched;
      expect(header('authorization')).to.equal('Bearer secret');
      expect(header('cookie')).to.equal('a=secret');
      expect(header('referer')).to.equal('https://a.example/');
      expect(header('user-agent')).to.equal('me');
      expect(header('x-one')).to.equal('1');
      expect(header('x-none')).to.equal(undefined);
    });

    it('is asked with headers of the service where the caller has set none', async () => {
      await start({ '/a': answer() });
      await fetched({ url: at('/a'), headers: null }).fetched;
      expect(header('user-agent')).to.equal('import-api-importer/1');
      expect(header('accept')).to.equal('*/*');
      expect(header('authorization')).to.equal(undefined);
    });

    it('is asked with the user info of the URL', async () => {
      await start({ '/a': answer() });
      await fetched({ url: at('/a', 'm%C3%A9:p%40%zz@images.example') }).fetched;
      expect(header('authorization')).to.equal(`Basic ${Buffer.from('mé:p%40%zz').toString('base64')}`);
      await fetched({ url: at('/a', 'me@images.example') }).fetched;
      expect(header('authorization')).to.equal(`Basic ${btoa('me:')}`);
    });

    it('is never asked with what is the service’s to say', async () => {
      await start({ '/a': answer() });
      const names = [
        'Host',
        'Content-Length',
        'Transfer-Encoding',
        'Connection',
        'Keep-Alive',
        'Accept-Encoding',
        'Range',
        'TE',
      ];
      const others = [
        'Upgrade',
        'Expect',
        'If-None-Match',
        'Proxy-Authorization',
        'Proxy-Connection',
        'Trailer',
        'Content-Encoding',
      ];
      await fetched({ url: at('/a'), headers: Object.fromEntries([...names, ...others].map((name) => [name, 'mine'])) })
        .fetched;
      expect(images.receiver.heads[0]).to.not.match(/mine/);
      expect(header('host')).to.equal(`images.example:${images.receiver.port}`);
      expect(header('accept-encoding')).to.equal('identity');
    });

    for (const [headers, says] of [
      [{ 'X-A': 'a\r\nX-B: b' }, /headers\[X-A\].*line ends/],
      [{ 'X-A': 'a\0' }, /headers\[X-A\]/],
      [{ 'X-A': '€' }, /headers\[X-A\].*Latin-1/],
      [{ 'X A': 'a' }, /headers\[X A\].*no name of a header/],
      [{ 'X-A:\r\nb': 'a' }, /no name of a header/],
      [{ '': 'a' }, /headers\[\].*no name/],
      [{ [`X-${'a'.repeat(10_000)} `]: 'a' }, /^.{100,300}$/],
      [{ 'X-A': ['a'] }, /headers\[X-A\].*one text/],
      [{ 'X-A': { b: 'c' } }, /headers\[X-A\].*one text/],
      ['a', /"headers".*headers\[NAME\]=VALUE/],
      [['a'], /"headers"/],
    ] as const) {
      it(`fails if they cannot be sent: ${JSON.stringify(headers).slice(0, 40)}`, async () => {
        await start({ '/a': answer() });
        const failure = await failureOf({ url: at('/a'), headers });
        expect(failure.reason).to.equal('source_missing');
        expect(failure.message)
          .to.match(says)
          .and.not.match(/[\r\n\0]/);
        expect(images.receiver.made()).to.equal(0);
      });
    }

    it('fails if a credential that was taken out is not there', async () => {
      await start({});
      for (const params of [
        { url: at('/a'), headers: { Cookie: '[FILTERED]' } },
        { url: at('/a', '[FILTERED]@images.example') },
        { url: at('/a?X-Amz-Signature=[FILTERED]') },
      ])
        expect(await failureOf(params)).to.include({ reason: 'credentials_gone' });
      expect(images.receiver.made()).to.equal(0);
    });
  });
});
