import type { Socket } from 'node:net';
import { expect } from 'chai';
import { ImportFailure } from '../../../../src/importer/import-failure.ts';
import { UrlSource } from '../../../../src/importer/sources/url.ts';
import type { GuardedClient } from '../../../../src/outbound/guarded-client.ts';
import { OutboundError } from '../../../../src/outbound/outbound-error.ts';
import { addresses } from '../../../support/destinations.ts';
import { fetchFrom } from '../../../support/fetched.ts';
import { OK, startReceiver } from '../../../support/receiver.ts';
import { rejectionOf } from '../../../support/rejection-of.ts';
import { reset } from '../../../support/reset.ts';
import { close, drip, flood, sendThen } from '../../../support/rude.ts';
import { until } from '../../../support/until.ts';
import { answer, imagesAtUrls, MOST_BYTES, redirect } from './images-at-urls.ts';

const SOON_MS = 300;

describe('an image at a URL', () => {
  const images = imagesAtUrls();
  const { start, at, fetched, failureOf, clientFor } = images;

  describe('that does not come', () => {
    for (const [reason, statuses] of Object.entries({
      source_not_found: [404, 410],
      source_forbidden: [400, 401, 402, 403, 405, 406, 407, 409, 418, 451],
      source_unavailable: [201, 202, 204, 206, 300, 304, 408, 421, 425, 429, 500, 501, 502, 503, 504, 599],
    })) {
      it(`fails as ${reason} if the answer is ${statuses.join(', ')}`, async () => {
        await start(
          Object.fromEntries(
            statuses.map((status) => [`/${status}`, `HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`]),
          ),
        );
        for (const status of statuses) {
          const fetch = fetched({ url: at(`/${status}?a=secret`) });
          expect(await failureOf(fetch)).to.include({ reason, message: `The server answered ${status}.` });
          expect(fetch.calls[0]).to.include({ status, error: `The server answered ${status}.` });
        }
      });
    }

    const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const [SHORT, CHUNK] = [answer().replace('h: 5', 'h: 999'), 'x'.repeat(65_536)];
    for (const [what, how, reason, says] of [
      ['is shorter than its length', sendThen(close, SHORT), 'source_unavailable', /broke off/],
      ['is reset', sendThen(reset, SHORT), 'source_unavailable', /broke off/],
      ['stalls', (socket) => socket.write(SHORT), 'source_unavailable', /no more of the answer came within 0.3 s/],
      ['never comes', () => {}, 'source_unavailable', /no answer came within 0.3 s/],
      [
        'drips',
        (socket) => drip(socket, CHUNKED, '1\r\nx\r\n'),
        'source_unavailable',
        /not all of the answer came within 0.3 s/,
      ],
      ['is closed at once', close, 'source_unavailable', /closed|reset/],
      ['does not come by HTTP', (socket) => socket.write('SSH-2.0-x\r\n'), 'source_unavailable', /not HTTP/],
      [
        'has large headers',
        (socket) => socket.write(answer(`X: ${'x'.repeat(20_000)}`)),
        'source_unavailable',
        /headers .* too large/,
      ],
      [
        'has no end',
        (socket) => flood(socket, CHUNKED, `10000\r\n${CHUNK}\r\n`),
        'source_too_large',
        /more than 1000000 bytes/,
      ],
      [
        'has no end and a small length',
        (socket) => flood(socket, OK.replace('2\r', '1000001\r'), CHUNK),
        'source_too_large',
        /more than/,
      ],
    ] as const satisfies readonly (readonly [string, (socket: Socket) => unknown, string, RegExp])[]) {
      it(`fails as ${reason} if it ${what}`, async () => {
        await start({ '/a': how });
        // The others may take long on a busy machine.
        if (says.source.includes('within 0.3 s'))
          images.get = { [what === 'drips' ? 'timeoutMs' : 'stallMs']: SOON_MS };
        const fetch = fetched({ url: at('/a?b=secret') });
        const failure = await failureOf(fetch);
        expect(failure.reason).to.equal(reason);
        expect(failure.message)
          .to.match(says)
          .and.not.match(/127\.0/);
        expect(fetch.calls.map(({ error }) => error)).to.deep.equal([failure.message]);
        expect(fetch.bytes().length).to.be.at.most(MOST_BYTES);
        await until('the connection is closed', () => images.receiver.open() === 0);
      });
    }

    it('fails as source_too_large before it is read if its length says so', async () => {
      await start({ '/a': (socket) => socket.write(OK.replace('2\r', '9999999999999\r')) });
      const fetch = fetched({ url: at('/a') });
      expect(await failureOf(fetch)).to.include({ reason: 'source_too_large' });
      expect(fetch.expected).to.deep.equal([]);
    });

    it('fails as source_unavailable if nothing listens, and if its name cannot be looked up', async () => {
      await start({});
      await images.receiver.stop();
      const fetch = fetched({ url: at('/a') });
      expect(await failureOf(fetch)).to.include({ reason: 'source_unavailable' });
      expect(fetch.calls[0]?.error).to.match(/nothing listens there/);
      await images.client.close();
      await start({ '/a': (socket) => socket.write(redirect('http://internal.example/')) });
      images.leadsTo = ['127.0.0.1'];
      const refusing = {
        lookUp: async (name: string) => {
          if (name === 'images.example') return addresses('127.0.0.1');
          throw new OutboundError('name_lookup_failed', `${name} could not be looked up`);
        },
      };
      await images.client.close();
      images.client = clientFor(refusing);
      const failure = await failureOf({ url: at('/a') });
      expect(failure.reason).to.equal('source_unavailable');
      expect(failure.message).to.not.match(/internal/);
      expect((await failureOf({ url: 'https://own.example/' })).message).to.match(
        /own\.example could not be looked up/,
      );
    });

    it('fails as source_unavailable by TLS that does not work', async () => {
      images.receiver = await startReceiver(() => {}, { greeting: 'this is no TLS' });
      images.client = clientFor({});
      const failure = await failureOf({ url: at('/a').replace('http', 'https') });
      expect(failure.reason).to.equal('source_unavailable');
      expect(failure.message).to.match(/TLS failed/);
    });

    it('fails as not_an_image if it is packed', async () => {
      await start({ '/a': answer('Content-Encoding: gzip'), '/b': answer('Content-Encoding: identity, BR') });
      for (const path of ['/a', '/b']) {
        const fetch = fetched({ url: at(path) });
        expect(await failureOf(fetch)).to.include({ reason: 'not_an_image' });
        expect(fetch.bytes()).to.have.lengthOf(0);
      }
    });

    it('fails as the sink does, and is not read on', async () => {
      await start({ '/a': (socket) => flood(socket, CHUNKED, `10000\r\n${CHUNK}\r\n`) });
      const full = new ImportFailure('storage_unavailable', 'The disk is full.');
      for (const error of [full, Object.assign(new Error('no space at /data/secret'), { code: 'ENOSPC' })]) {
        const fetch = fetched({ url: at('/a') }, {}, { sink: { write: () => Promise.reject(error) } });
        expect(await rejectionOf(fetch.fetched)).to.equal(error);
        expect(fetch.calls[0]?.error).to.equal(error === full ? 'The disk is full.' : 'What came could not be kept.');
        await until('the connection is closed', () => images.receiver.open() === 0);
      }
    });

    it('ends when the signal says so', async () => {
      await start({ '/a': (socket) => drip(socket, CHUNKED, '1\r\nx\r\n') });
      const end = new AbortController();
      const fetch = fetched({ url: at('/a') }, {}, { signal: end.signal });
      await until('bytes come', () => fetch.bytes().length > 3);
      end.abort();
      expect(await failureOf(fetch)).to.include({ reason: 'source_unavailable' });
      await until('the connection is closed', () => images.receiver.open() === 0);
    });

    it('has one deadline for all redirects together', async () => {
      const late = (socket: Socket) => setTimeout(() => socket.end(redirect('/b')), 100);
      await start({ '/a': late, '/b': () => {} });
      const timeouts: number[] = [];
      const limited = {
        get: ((url, given, read) => {
          timeouts.push(given.timeoutMs);
          return images.client.get(url, given, read);
        }) as GuardedClient['get'],
      };
      const source = new UrlSource({ client: limited, timeoutMs: 3_000, mostBytes: MOST_BYTES });
      const failure = await failureOf(fetchFrom(source, { params: { url: at('/a') } }));
      expect(timeouts).to.have.lengthOf(2);
      expect(timeouts[1]).to.be.at.most(2_950);
      expect(failure.message).to.include(`no answer came within ${(timeouts[1] ?? 0) / 1_000} s`);
    });

    it('is told in few words, however long its URL is', async () => {
      await start({});
      const fetch = fetched({ url: at(`/${'a'.repeat(10_000)}`) });
      await failureOf(fetch);
      expect(fetch.calls[0]?.request.length).to.be.below(2_100);
      const failure = await failureOf({ url: `https://${'a.'.repeat(50_000)}example/` });
      expect(failure.message.length).to.be.below(1_000);
    });
  });
});
