import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { converse, rawRequest, statusesIn } from '../support/raw-http.ts';
import { startTestService, testService } from '../support/service.ts';

const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n';
const CONNECT = 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n';
const LIVEZ = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n';

/** Damage to a connection ends one request at most, and each request gets one answer, in order. */
describe('a connection', () => {
  const service = testService();
  const post = (body: string, headers = FORM, length: number | null = Buffer.byteLength(body)) =>
    `POST /api/v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: ${service.authorization()}\r\n${headers}` +
    `${length === null ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`}\r\n\r\n${body}`;
  const talk = (...parts: string[]) => converse(service.url, parts);
  const recorded = async () => (await service.service.services.log.readAll(0n, 10_000)).length;

  /** Whatever happened before, the service still serves; a fault would have failed the test before. */
  afterEach(async () => {
    expect((await rawRequest(service.url, [post('filename=still-there')])).status).to.equal(200);
  });

  it('is kept longer than usual proxies keep theirs, or as long as the setting says', async () => {
    const timeout = async (url: string) =>
      (await rawRequest(url, [LIVEZ])).headers.find(([name]) => name === 'Keep-Alive')?.[1];
    expect(await timeout(service.url)).to.equal('timeout=125');
    const other = await startTestService({ KEEP_ALIVE_SECONDS: '3' });
    expect(await timeout(other.url)).to.equal('timeout=3');
    await other.stop();
  });

  it('with a CONNECT gets one 400, after the answers to earlier requests', async () => {
    const received = await talk(`${post('a=1')}${LIVEZ}${CONNECT}${LIVEZ}`);
    expect(statusesIn(received)).to.deep.equal([200, 200, 400]);
  });

  for (const upgrade of [
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n',
  ]) {
    it(`that asks for an upgrade (${upgrade.match(/Upgrade: (.+)/)?.[1]}) gets an HTTP/1.1 answer and is closed`, async () => {
      const get = LIVEZ.replace('\r\n\r\n', `\r\n${upgrade}\r\n`);
      // Node's parser would skip the second one. Its connection must not stay open as if an answer would come.
      for (const more of ['', LIVEZ]) expect(statusesIn(await talk(get + more))).to.deep.equal([200]);
      const received = await talk(post('a=upgraded', FORM + upgrade));
      expect(statusesIn(received)).to.deep.equal([200]);
      expect(received).to.include('"params":{"a":"upgraded",').and.include('\r\nConnection: close\r\n');
    });
  }

  for (const [what, garbage] of [
    ['what is no request', 'NONSENSE\r\n\r\n'],
    ['bytes beyond its Content-Length', '&b=2'],
    ['the start of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['the start of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['headers without end', `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(4_000)}`],
    ['a length and chunks', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['a NUL in a header', 'GET /livez HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n'],
  ] as const) {
    it(`gets the answer to a request before ${what}, then one refusal, and is closed`, async () => {
      const received = await talk(`${post('a=before')}${garbage}`, LIVEZ);
      expect(received).to.include('"params":{"a":"before",');
      const [first, second, ...more] = statusesIn(received);
      expect([first, more]).to.deep.equal([200, []]);
      expect(second).to.be.oneOf([400, 431]);
      expect(received.indexOf('"params"')).to.be.below(received.lastIndexOf('HTTP/1.1 4'));
    });
  }

  it('may have chunks with extensions and trailers, which are no parameters', async () => {
    const chunks = '3;x=y\r\na=1\r\n4\r\n&b=2\r\n0\r\nAuthorization: none\r\nX-Trailer: c=3\r\n\r\n';
    const received = await converse(service.url, [post(chunks, FORM, null), LIVEZ], { enough: /"ok"}$/ });
    expect(statusesIn(received)).to.deep.equal([200, 200]);
    expect(received).to.include('"params":{"a":"1","b":"2","controller"');
  });

  for (const [coding, status] of [
    ['gzip, chunked', 415],
    ['identity,Chunked', 415],
    [',chunked', 415],
    ['gzip\r\nTransfer-Encoding: chunked', 415],
    ['gzip', 400],
    ['deflate', 400],
    ['identity', 400],
    ['compress', 400],
    ['', 400],
    ['chunked, gzip', 400],
    ['chunked, chunked', 400],
    ['chunked\r\nTransfer-Encoding: chunked', 400],
    ['chunked;x=y', 400],
  ] as const) {
    it(`with a body in the transfer coding ${JSON.stringify(coding)} gets ${status}, and nothing is recorded`, async () => {
      const before = await recorded();
      const head = post('', FORM).replace('Content-Length: 0', `Transfer-Encoding: ${coding}`);
      const answers = statusesIn(await converse(service.url, [`${head}3\r\na=1\r\n0\r\n\r\n`], { enough: /}$/ }));
      expect(answers).to.deep.equal([status]);
      expect(await recorded()).to.equal(before);
    });
  }

  it('takes a target in absolute form', async () => {
    const request = post('a=1').replace('/api/v1/imports', 'http://elsewhere:99/api/v1//imports.json?b=2');
    const answer = await rawRequest(service.url, [request]);
    expect(answer.body.toString()).to.include('"params":{"a":"1","b":"2",').and.to.include('"format":"json"');
  });

  it('gets 404 for OPTIONS *, and stays open', async () => {
    const received = await converse(service.url, ['OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', LIVEZ], {
      enough: /"ok"}$/,
    });
    expect(statusesIn(received)).to.deep.equal([404, 200]);
  });

  it('gets no 100 Continue if the body is not wanted, but the answer at once, and is closed', async () => {
    const expecting = (request: string) => request.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n');
    const head = expecting(post('', FORM, 2_000_000));
    const zipped = `${FORM}Content-Encoding: zstd\r\n`;
    for (const [request, status] of [
      [head, 413],
      [expecting(post('', FORM, 9)).replace(/Authorization: .*/, 'Authorization: Token none'), 401],
      [expecting(post('', FORM, 9)).replace('/imports', '/nothing'), 404],
      [expecting(post('', FORM, 9)).replace('POST', 'PUT'), 405],
      [expecting(post('', zipped, 9)), 415],
      [expecting(post('', zipped, null)), 415],
      [expecting(post('', FORM, 9)).replace('POST', 'GET'), 400],
      [expecting(post('', FORM, null)).replace('POST', 'GET'), 400],
      [expecting(post('', FORM, null)).replace('chunked', 'gzip, chunked'), 415],
      ...[
        ['text/plain', 415],
        ['application/json; charset=utf-16', 415],
        ['application/x-www-form-urlencoded;charset="x"', 415],
        ['multipart/form-data', 400],
        ['multipart/mixed; boundary=""', 400],
        [`multipart/form-data; boundary=${'x'.repeat(71)}`, 400],
      ].flatMap(([type, status]) =>
        [9, null].map((length) => [expecting(post('', `Content-Type: ${type}\r\n`, length)), status] as const),
      ),
      [expecting(post('', `${FORM}Idempotency-Key: ${'k'.repeat(256)}\r\n`, 9)), 400],
    ] as const) {
      const received = await talk(request);
      expect(statusesIn(received), request).to.deep.equal([status]);
      expect(received).to.include('\r\nConnection: close\r\n');
    }
  });

  it('gets the answer without 100 Continue also if there is no byte to send', async () => {
    const request = post('', 'Content-Type: text/plain\r\nExpect: 100-continue\r\n', 0);
    expect(statusesIn(await converse(service.url, [request], { enough: /}$/ }))).to.deep.equal([200]);
  });

  it('gets 100 Continue if the body will be read', async () => {
    const request = post('', FORM, 3).replace('\r\n\r\n', '\r\nExpect: 100-Continue\r\n\r\n');
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.write(request);
    expect(String((await once(socket, 'data'))[0])).to.equal('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('a=1');
    expect(String((await once(socket, 'data'))[0])).to.match(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it('stays open after a refusal if the request was whole', async () => {
    const whole = post('a=1', 'Content-Type: text/plain\r\n');
    const received = await converse(service.url, [`${whole}${whole.replace(/Authorization.*\r\n/, '')}${LIVEZ}`], {
      enough: /"ok"}$/,
    });
    expect(statusesIn(received)).to.deep.equal([415, 401, 200]);
  });

  it('is closed cleanly after an early answer: a caller who is still sending can read it, and gets no second one', async () => {
    const piece = 'x'.repeat(65_536);
    for (const request of [post('', FORM, 8_000_000), post('', FORM, 8_000_000).replace(/Authorization.*\r\n/, '')]) {
      // The answer arrives before the first piece is sent, so only a caller who reads late can lose it.
      const received = await talk(request, ...Array<string>(100).fill(piece));
      expect(statusesIn(received)).to.have.length(1);
      expect(received).to.match(/}$/);
    }
  });

  it('ends if a caller sends too many bytes that are thrown away', async () => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    let sent = 0;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    socket.write(post('', FORM, 1_000_000_000));
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65_536))) sent += 65_536;
    };
    socket.on('drain', more);
    more();
    await closed;
    expect(sent).to.be.below(64 * 1_048_576);
  });

  it('whose caller closes only the sending side gets the answer to a whole request, and 400 for a request that is not whole', async () => {
    const whole = await converse(service.url, [post('a=half-closed')], { ending: 'half-close' });
    expect(statusesIn(whole)).to.deep.equal([200]);
    expect(whole).to.include('"params":{"a":"half-closed",').and.match(/}$/);
    const before = await recorded();
    for (const part of [post('a=1', FORM, 100), post('3\r\na=', FORM, null)]) {
      const received = await converse(service.url, [part], { ending: 'half-close' });
      expect(statusesIn(received)).to.deep.equal([400]);
      expect(received).to.include('broke off');
    }
    expect(await recorded()).to.equal(before);
  });
});
