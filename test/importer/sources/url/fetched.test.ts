import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { OK } from '../../../support/receiver.ts';
import { rejectionOf } from '../../../support/rejection-of.ts';
import { answer, imagesAtUrls } from './images-at-urls.ts';

describe('an image at a URL', () => {
  const images = imagesAtUrls();
  const { start, at, fetched } = images;

  describe('that is there', () => {
    it('is fetched, with its name, and the call is told without query and user info', async () => {
      await start({ '/a/photo%201.jpg?size=secret': answer() });
      const fetch = fetched({ url: at('/a/photo%201.jpg?size=secret#part', 'me:secret@images.example') });
      expect(await fetch.fetched).to.deep.equal({
        source: { kind: 'url', host: `images.example:${images.receiver.port}`, path: '/a/photo%201.jpg' },
        filename: 'photo 1.jpg',
        bytes: 5,
        md5: null,
      });
      expect(String(fetch.bytes())).to.equal('image');
      expect(fetch.expected).to.deep.equal([5]);
      const [call] = fetch.calls;
      expect(fetch.calls).to.have.lengthOf(1);
      expect(call).to.include({ request: `GET ${at('/a/photo%201.jpg')}`, status: 200, error: null });
      expect(call?.ms).to.be.within(0, 10_000);
      expect(Date.parse(call?.at ?? '')).to.be.within(Date.now() - 10_000, Date.now());
    });

    it('may have no length, and a name of its own; the caller names it otherwise', async () => {
      await start({
        '/own': answer('Content-Disposition: inline; filename="own.png"'),
        '/none/': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nimage\r\n0\r\n\r\n',
        '/': answer(),
      });
      expect(await fetched({ url: at('/own'), filename: 'b.jpg' }).fetched).to.include({ filename: 'own.png' });
      const named = fetched({ url: at('/none/'), filename: '../b.jpg' });
      expect(await named.fetched).to.include({ filename: 'b.jpg', bytes: null });
      expect(named.expected).to.deep.equal([null]);
      expect(await fetched({ url: at('/none/'), filename: ['b'] }).fetched).to.include({ filename: null });
      expect(await fetched({ url: at('/') }).fetched).to.include({ filename: null });
    });

    it('is taken as it comes: whether it is an image, others look', async () => {
      await start({ '/a.jpg': answer('Content-Type: text/html', 'Content-Encoding: aws-chunked') });
      expect(await fetched({ url: at('/a.jpg') }).fetched).to.include({ filename: 'a.jpg' });
    });

    it('needs no more memory however large it is', async () => {
      const megabyte = Buffer.alloc(1_000_000);
      await start({
        '/a': (socket) => {
          socket.write(OK.replace('2\r', '100000000\r').replace('ok', ''));
          for (let count = 0; count < 100; count += 1) socket.write(megabyte);
        },
      });
      const script = fileURLToPath(new URL('../../../support/fetch-growth.ts', import.meta.url));
      const node = ['--disable-warning=ExperimentalWarning', script, at('/a', '127.0.0.1')];
      const { bytes, growth } = JSON.parse((await promisify(execFile)(process.execPath, node)).stdout);
      expect(bytes).to.equal(200_000_000);
      expect(growth).to.be.below(30_000_000);
    });

    it('may be the one URL of this machine that is open, and no other there', async () => {
      await start({ '/open.jpg': answer(), '/other.jpg': answer() });
      expect(await fetched({ url: at('/open.jpg', '127.1') }).fetched).to.deep.include({
        source: { kind: 'url', host: `127.0.0.1:${images.receiver.port}`, path: '/open.jpg' },
      });
      for (const path of ['/other.jpg', '/open.jpg?', '/open.jpg?a', '/open.jpg/', '/OPEN.jpg', '//open.jpg'])
        expect(await rejectionOf(fetched({ url: at(path, '127.0.0.1') }).fetched)).to.include({
          reason: 'blocked_address',
        });
      expect(images.receiver.heads).to.have.lengthOf(1);
    });
  });
});
