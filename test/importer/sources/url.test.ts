import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Params } from '../../../src/events/event-types.ts';
import { ImportFailure } from '../../../src/importer/import-failure.ts';
import type { Wanted } from '../../../src/importer/sources/source.ts';
import { UrlSource } from '../../../src/importer/sources/url.ts';
import { type AllowedHosts, parseAllowedHosts } from '../../../src/outbound/allowed-hosts.ts';
import { USUAL_PORTS } from '../../../src/outbound/allowed-ports.ts';
import type { DestinationRules } from '../../../src/outbound/destinations.ts';
import { GuardedClient, type OutboundGet } from '../../../src/outbound/guarded-client.ts';
import { OutboundError } from '../../../src/outbound/outbound-error.ts';
import { redactor } from '../../../src/redaction/redact.ts';
import { addresses, destinations } from '../../support/destinations.ts';
import { type Fetch, fetchFrom } from '../../support/fetched.ts';
import { OK, type Receiver, startReceiver } from '../../support/receiver.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { reset } from '../../support/reset.ts';
import { close, drip, flood, sendThen } from '../../support/rude.ts';
import { until } from '../../support/until.ts';

const SOON_MS = 300;
const MOST_BYTES = 1_000_000;

/** An answer with these headers, whose body is `image`. */
const answer = (...headers: string[]) => ['HTTP/1.1 200 OK', 'Content-Length: 5', ...headers, '', 'image'].join('\r\n');
const redirect = (to: string, status = 302) => `HTTP/1.1 ${status} Go\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`;

describe('an image at a URL', () => {
  let client: GuardedClient;
  let receiver: Receiver;
  /** What `images.example` and `cdn.example`, which are open, and all other names lead to. */
  let leadsTo: readonly string[];
  let get: Partial<OutboundGet>;

  /** @param answers to each path: bytes, or what to do */
  const start = async (answers: { readonly [path: string]: string | ((socket: Socket) => unknown) }) => {
    receiver = await startReceiver((socket) => {
      const path = / (\S+) HTTP/.exec(receiver.heads.at(-1) ?? '')?.[1] ?? '';
      const found =
        answers[path] ?? answers[path.replace(/\?.*/, '')] ?? 'HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n';
      return typeof found === 'string' ? socket.write(found, 'latin1') : found(socket);
    });
    client = clientFor({});
  };
  const clientFor = (rules: Partial<DestinationRules>) =>
    new GuardedClient(
      destinations({
        mayUseHttp: true,
        openUrl: `http://127.0.0.1:${receiver.port}/open.jpg`,
        allowedHosts: parseAllowedHosts('images.example, cdn.example') as AllowedHosts,
        allowedPorts: new Set([...USUAL_PORTS, receiver.port]),
        settings: { hosts: 'IMPORT_ALLOWED_HOSTS', ports: 'IMPORT_ALLOWED_PORTS' },
        lookUp: async () => addresses(...leadsTo),
        ...rules,
      }),
    );
  const at = (path: string, host = 'images.example') => `http://${host}:${receiver.port}${path}`;
  const fetched = (params: Params, wanted: Partial<Wanted> = {}, how?: Parameters<typeof fetchFrom>[2]): Fetch => {
    const limited = {
      get: ((url, given, read) => client.get(url, { ...given, ...get }, read)) as GuardedClient['get'],
    };
    const source = new UrlSource({ client: limited, timeoutMs: 10_000, mostBytes: MOST_BYTES });
    return fetchFrom(source, { params, ...wanted }, how);
  };
  /** How it fails. Whatever happens, no address, credential or query is told. */
  const failureOf = async (given: Params | Fetch): Promise<ImportFailure> => {
    const fetch = 'fetched' in given ? (given as Fetch) : fetched(given);
    const failure = await rejectionOf(fetch.fetched);
    expect(failure).to.be.instanceOf(ImportFailure);
    expect(`${failure.message} ${JSON.stringify(fetch.calls)}`).to.not.match(/10\.0\.0|secret|\?/);
    return failure as ImportFailure;
  };
  const header = (name: string, request = -1) =>
    new RegExp(`^${name}: (.*)\r$`, 'im').exec(receiver.heads.at(request) ?? '')?.[1];

  beforeEach(() => {
    leadsTo = ['127.0.0.1'];
    get = {};
  });

  afterEach(async () => {
    await client.close();
    await receiver.stop();
  });

  describe('that is there', () => {
    it('is fetched, with its name, and the call is told without query and user info', async () => {
      await start({ '/a/photo%201.jpg?size=secret': answer() });
      const fetch = fetched({ url: at('/a/photo%201.jpg?size=secret#part', 'me:secret@images.example') });
      expect(await fetch.fetched).to.deep.equal({
        source: { kind: 'url', host: `images.example:${receiver.port}`, path: '/a/photo%201.jpg' },
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
      const script = fileURLToPath(new URL('../../support/fetch-growth.ts', import.meta.url));
      const node = ['--disable-warning=ExperimentalWarning', script, at('/a', '127.0.0.1')];
      const { bytes, growth } = JSON.parse((await promisify(execFile)(process.execPath, node)).stdout);
      expect(bytes).to.equal(200_000_000);
      expect(growth).to.be.below(30_000_000);
    });

    it('may be the one URL of this machine that is open, and no other there', async () => {
      await start({ '/open.jpg': answer(), '/other.jpg': answer() });
      expect(await fetched({ url: at('/open.jpg', '127.1') }).fetched).to.deep.include({
        source: { kind: 'url', host: `127.0.0.1:${receiver.port}`, path: '/open.jpg' },
      });
      for (const path of ['/other.jpg', '/open.jpg?', '/open.jpg?a', '/open.jpg/', '/OPEN.jpg', '//open.jpg'])
        expect(await rejectionOf(fetched({ url: at(path, '127.0.0.1') }).fetched)).to.include({
          reason: 'blocked_address',
        });
      expect(receiver.heads).to.have.lengthOf(1);
    });
  });

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
      expect(receiver.heads[0]).to.not.match(/mine/);
      expect(header('host')).to.equal(`images.example:${receiver.port}`);
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
        expect(receiver.made()).to.equal(0);
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
      expect(receiver.made()).to.equal(0);
    });
  });

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
        expect(receiver.heads).to.have.lengthOf(2);
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
          leadsTo = ['10.0.0.1'];
          socket.end(redirect('/b').replace('\r\n', '\r\nConnection: close\r\n'));
        },
        '/b': answer(),
      });
      await client.close();
      client = clientFor({ allowedHosts: parseAllowedHosts('127.0.0.1') as AllowedHosts });
      expect(await failureOf({ url: at('/a') })).to.include({ reason: 'blocked_address' });
      expect(receiver.heads).to.have.lengthOf(1);
    });

    it('says the same of a name that does not exist and of one that is private', async () => {
      await start({});
      leadsTo = [];
      const missing = await failureOf({ url: 'https://a.example/' });
      leadsTo = ['10.0.0.1', 'fd00::1'];
      const hidden = await failureOf({ url: 'https://a.example/' });
      expect(missing).to.include({ reason: 'blocked_address', message: hidden.message });
      expect(hidden.message).to.match(/a\.example has no address .* IMPORT_ALLOWED_HOSTS\.$/);
    });
  });

  describe('with redirects', () => {
    for (const status of [301, 302, 303, 307, 308]) {
      it(`is fetched from where ${status} leads to`, async () => {
        await start({ '/a': redirect('b/c.jpg?d', status), '/b/c.jpg?d': answer() });
        const fetch = fetched({ url: at('/a') });
        expect(await fetch.fetched).to.deep.include({
          source: { kind: 'url', host: `images.example:${receiver.port}`, path: '/b/c.jpg' },
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
        get = { [what === 'drips' ? 'timeoutMs' : 'stallMs']: SOON_MS };
        const fetch = fetched({ url: at('/a?b=secret') });
        const failure = await failureOf(fetch);
        expect(failure.reason).to.equal(reason);
        expect(failure.message)
          .to.match(says)
          .and.not.match(/127\.0/);
        expect(fetch.calls.map(({ error }) => error)).to.deep.equal([failure.message]);
        expect(fetch.bytes().length).to.be.at.most(MOST_BYTES);
        await until('the connection is closed', () => receiver.open() === 0);
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
      await receiver.stop();
      const fetch = fetched({ url: at('/a') });
      expect(await failureOf(fetch)).to.include({ reason: 'source_unavailable' });
      expect(fetch.calls[0]?.error).to.match(/nothing listens there/);
      await client.close();
      await start({ '/a': (socket) => socket.write(redirect('http://internal.example/')) });
      leadsTo = ['127.0.0.1'];
      const refusing = {
        lookUp: async (name: string) => {
          if (name === 'images.example') return addresses('127.0.0.1');
          throw new OutboundError('name_lookup_failed', `${name} could not be looked up`);
        },
      };
      await client.close();
      client = clientFor(refusing);
      const failure = await failureOf({ url: at('/a') });
      expect(failure.reason).to.equal('source_unavailable');
      expect(failure.message).to.not.match(/internal/);
      expect((await failureOf({ url: 'https://own.example/' })).message).to.match(
        /own\.example could not be looked up/,
      );
    });

    it('fails as source_unavailable by TLS that does not work', async () => {
      receiver = await startReceiver(() => {}, { greeting: 'this is no TLS' });
      client = clientFor({});
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
        const fetch = fetched({ url: at('/a') }, {}, { sink: { bytes: 0, write: () => Promise.reject(error) } });
        expect(await rejectionOf(fetch.fetched)).to.equal(error);
        expect(fetch.calls[0]?.error).to.equal(error === full ? 'The disk is full.' : 'What came could not be kept.');
        await until('the connection is closed', () => receiver.open() === 0);
      }
    });

    it('ends when the signal says so', async () => {
      await start({ '/a': (socket) => drip(socket, CHUNKED, '1\r\nx\r\n') });
      const end = new AbortController();
      const fetch = fetched({ url: at('/a') }, {}, { signal: end.signal });
      await until('bytes come', () => fetch.bytes().length > 3);
      end.abort();
      expect(await failureOf(fetch)).to.include({ reason: 'source_unavailable' });
      await until('the connection is closed', () => receiver.open() === 0);
    });

    it('has one deadline for all redirects together', async () => {
      await start({ '/a': redirect('/b'), '/b': () => {} });
      const timeouts: number[] = [];
      const limited = {
        get: ((url, given, read) => {
          timeouts.push(given.timeoutMs);
          return client.get(url, given, read);
        }) as GuardedClient['get'],
      };
      const source = new UrlSource({ client: limited, timeoutMs: 3_000, mostBytes: MOST_BYTES });
      const failure = await failureOf(fetchFrom(source, { params: { url: at('/a') } }));
      expect(failure.message).to.match(/no answer came within [12](\.\d+)? s/);
      expect(timeouts[1]).to.be.below(3_000);
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
