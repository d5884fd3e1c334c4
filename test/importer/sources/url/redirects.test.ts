import type { Socket } from 'node:net';
import { expect } from 'chai';
import { flood } from '../../../support/rude.ts';
import { answer, imagesAtUrls, redirect } from './images-at-urls.ts';

describe('an image at a URL', () => {
  const images = imagesAtUrls();
  const { start, at, fetched, failureOf, header } = images;

  describe('with redirects', () => {
    for (const status of [301, 302, 303, 307, 308]) {
      it(`is fetched from where ${status} leads to`, async () => {
        await start({ '/a': redirect('b/c.jpg?d', status), '/b/c.jpg?d': answer() });
        const fetch = fetched({ url: at('/a') });
        expect(await fetch.fetched).to.deep.include({
          source: { kind: 'url', host: `images.example:${images.receiver.port}`, path: '/b/c.jpg' },
          filename: 'c.jpg',
        });
        expect(fetch.calls.map((call) => [call.request, call.status])).to.deep.equal([
          [`GET ${at('/a')}`, status],
          [`GET ${at('/b/c.jpg')}`, 200],
        ]);
      });
    }

    it('is fetched after three of them, and not after four', async () => {
      await start({
        '/0': redirect('/1'),
        '/1': redirect('/2'),
        '/2': redirect('/3'),
        '/3': redirect('/4'),
        '/4': answer(),
      });
      await fetched({ url: at('/1') }).fetched;
      const fetch = fetched({ url: at('/0') });
      const failure = await failureOf(fetch);
      expect(failure).to.include({ reason: 'too_many_redirects', message: 'There are more than 3 redirects.' });
      expect(fetch.calls).to.have.lengthOf(4);
    });

    it('is not fetched if they lead in a circle', async () => {
      await start({ '/a': redirect('/b'), '/b': redirect('/a#b'), '/c': redirect('/c') });
      for (const path of ['/a', '/c'])
        expect(await failureOf({ url: at(path) })).to.include({
          reason: 'too_many_redirects',
          message: 'The redirects lead in a circle.',
        });
    });

    it('is asked with the headers of the caller at the first origin, and never again after another one', async () => {
      const leave = (path: string, host: string) => (socket: Socket) => socket.write(redirect(at(path, host)));
      await start({
        '/0': redirect('/1'),
        '/1': leave('/2', 'cdn.example'),
        '/2': leave('/3', 'images.example'),
        '/3': answer(),
      });
      const fetch = fetched({
        url: at('/0', 'me:secret@images.example'),
        headers: { Cookie: 'a=secret', 'User-Agent': 'me' },
      });
      await fetch.fetched;
      const sent = [0, 1, 2, 3].map((at) => ['authorization', 'cookie', 'user-agent'].map((name) => header(name, at)));
      const [mine, ours] = [
        [`Basic ${btoa('me:secret')}`, 'a=secret', 'me'],
        [undefined, undefined, 'import-api-importer/1'],
      ];
      expect(sent).to.deep.equal([mine, mine, ours, ours]);
    });

    it('takes another scheme, port or host for another origin, and no other spelling of the same one', async () => {
      await start({
        '/a': (socket) => socket.write(redirect(at('/c', 'IMAGES.example'))),
        '/b': (socket) => socket.write(redirect(at('/c', 'images.example.'))),
        '/c': answer(),
      });
      for (const path of ['/a', '/b']) await fetched({ url: at(path), headers: { Cookie: 'a=secret' } }).fetched;
      expect([1, 3].map((at) => header('cookie', at))).to.deep.equal(['a=secret', undefined]);
    });

    it('is asked with the user info of a redirect, that once', async () => {
      await start({
        '/a': (socket) => socket.write(redirect(at('/b', 'you:secret@cdn.example'))),
        '/b': redirect('/c'),
        '/c': answer(),
      });
      await fetched({ url: at('/a'), headers: { Authorization: 'mine' } }).fetched;
      expect([0, 1, 2].map((at) => header('authorization', at))).to.deep.equal([
        'mine',
        `Basic ${btoa('you:secret')}`,
        undefined,
      ]);
    });

    it('is fetched from a place in UTF-8', async () => {
      await start({
        '/a': redirect(Buffer.from('/é?é').toString('latin1')),
        '/%C3%A9?%C3%A9': answer(),
        '/%c3%a9?%c3%a9': answer(),
      });
      expect(await fetched({ url: at('/a') }).fetched).to.include({ filename: 'é' });
    });

    for (const [what, sent] of [
      ['nowhere', 'HTTP/1.1 302 Go\r\nContent-Length: 0\r\n\r\n'],
      ['to what is no URL', redirect('http://[')],
      ['to two places', redirect('/b\r\nLocation: /c')],
    ] as const) {
      it(`may pass if they lead ${what}`, async () => {
        await start({ '/a': sent });
        const failure = await failureOf({ url: at('/a') });
        expect(failure).to.include({
          reason: 'source_unavailable',
          message: 'The server answered 302, but not with a URL to go to.',
        });
      });
    }

    it('does not wait for the body of a redirect', async () => {
      await start({
        '/a': (socket) => flood(socket, 'HTTP/1.1 302 Go\r\nLocation: /b\r\n\r\n', 'x'.repeat(65_536)),
        '/b': answer(),
      });
      await fetched({ url: at('/a') }).fetched;
    });
  });
});
