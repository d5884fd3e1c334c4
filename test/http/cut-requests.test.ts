import { once } from 'node:events';
import { connect } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import pLimit from 'p-limit';
import { type Cut, type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { rawRequest, statusesIn } from '../support/raw-http.ts';
import { FORM, testService } from '../support/service.ts';
import { until } from '../support/until.ts';

const AT_ONCE = 200;
/** One after each byte, and all of them after the last one. */
const WAYS = ['reset', 'close', 'half-close'] as const;
const STALL_EVERY_BYTES = 40;
const UPGRADE = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'];

/** Makes the bytes of a request that has `name` recorded, if anything. */
type MakeRequest = (name: string) => Buffer;

/** One short request of each method, each content coding and each kind of body, through a proxy that cuts it at every byte. */
describe('a request that is cut', () => {
  const service = testService();
  let proxy: CuttingProxy;
  let authorization: string;
  let count = 0;

  const head = (method: string, path: string, lines: readonly string[] = [], token = authorization) =>
    `${method} ${path} HTTP/1.1\r\nHost: x\r\n${token === '' ? '' : `Authorization: ${token}\r\n`}` +
    `${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
  const withBody = (body: string | Buffer, lines: readonly string[] = [], method = 'POST', token = authorization) => {
    const bytes = Buffer.from(body);
    const start = head(method, '/api/v1/imports', [...lines, `Content-Length: ${bytes.length}`], token);
    return Buffer.concat([Buffer.from(start), bytes]);
  };
  const typed = (type: string) => `Content-Type: ${type}`;
  const coded = (coding: string) => `Content-Encoding: ${coding}`;
  const inChunks = (body: Buffer, trailers: string, lines: readonly string[]) =>
    Buffer.concat([
      Buffer.from(head('POST', '/api/v1/imports', [...lines, 'Transfer-Encoding: chunked'])),
      Buffer.from(`${body.length.toString(16)};x\r\n`),
      body,
      Buffer.from(`\r\n0\r\n${trailers}\r\n`),
    ]);
  const form = (name: string) => `filename=${name}`;

  const kinds: Readonly<Record<string, MakeRequest>> = {
    'GET of a list': () => Buffer.from(head('GET', '/api/v1/imports')),
    'GET of an import': () => Buffer.from(head('GET', '/api/v1/imports/3d172b54-f40f-4df9-9342-0b042fac5382')),
    HEAD: () => Buffer.from(head('HEAD', '/api/v1/imports')),
    OPTIONS: () => Buffer.from(head('OPTIONS', '*', [], '')),
    DELETE: () => Buffer.from(head('DELETE', '/api/v1/imports', [], '')),
    CONNECT: () => Buffer.from(head('CONNECT', 'x:1', [], '')),
    PUT: (name) => withBody(form(name), [], 'PUT', ''),
    PATCH: (name) => withBody(form(name), [], 'PATCH', ''),
    'a GET with a body': (name) => withBody(form(name), [], 'GET'),
    'a bad token': (name) => withBody(form(name), [], 'POST', 'Token none'),
    'a form': (name) => withBody(form(name), [typed(FORM)]),
    'no type': (name) => withBody(form(name)),
    'another type': (name) => withBody(form(name), [typed('text/plain')]),
    JSON: (name) => withBody(JSON.stringify({ filename: name }), [typed('application/json')]),
    multipart: (name) =>
      withBody(`--b\r\nContent-Disposition: form-data; name=filename\r\n\r\n${name}\r\n--b--`, [
        typed('multipart/form-data; boundary=b'),
      ]),
    gzip: (name) => withBody(gzipSync(form(name)), [coded('gzip')]),
    deflate: (name) => withBody(deflateSync(form(name)), [coded('deflate')]),
    'bare deflate': (name) => withBody(deflateRawSync(form(name)), [coded('deflate')]),
    br: (name) => withBody(brotliCompressSync(form(name)), [coded('br')]),
    'two codings': (name) => withBody(brotliCompressSync(gzipSync(form(name))), [coded('gzip, br')]),
    'another coding': (name) => withBody(form(name), [coded('zstd')]),
    chunks: (name) => inChunks(Buffer.from(form(name)), 'X-Trailer: y\r\n', [typed(FORM)]),
    'zipped chunks': (name) => inChunks(gzipSync(form(name)), '', [coded('gzip')]),
    'Expect: 100-continue': (name) => withBody(form(name), ['Expect: 100-continue']),
    'an upgrade': (name) => withBody(form(name), UPGRADE),
    'two requests': (name) =>
      Buffer.concat([Buffer.from('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'), withBody(form(name))]),
  };

  /** The beginnings that were tried already: requests of two kinds may begin with the same bytes. */
  const cutBefore = new Set<string>();

  /** The bytes that were sent of a request, and those that were received. */
  interface Sent {
    readonly name: string;
    readonly isWhole: boolean;
    readonly how: Cut['how'];
    readonly received: string;
  }

  async function send(name: string, request: Buffer, cut: Cut): Promise<Sent> {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => {});
    await once(socket, 'connect');
    proxy.cut(socket, cut);
    socket.write(request);
    // If it stalls in the middle of a request, or has all its answers, there is nothing more to wait for.
    const isOver = () => socket.closed || (cut.how === 'stall' && (received !== '' || cut.afterBytes < request.length));
    await until(`the connection of ${name} (${cut.how} after ${cut.afterBytes}) is over`, isOver);
    if (cut.how !== 'stall') socket.destroy();
    return { name, isWhole: cut.afterBytes === request.length, how: cut.how, received };
  }

  async function recordedNames(): Promise<Set<string>> {
    const names = new Set<string>();
    for (let from = 0n, isMore = true; isMore; ) {
      const events = await service.service.services.log.readAll(from, 1_000);
      for (const { data } of events) {
        const { filename } = JSON.parse(data).params ?? {};
        if (filename !== undefined) names.add(filename);
      }
      isMore = events.length > 0;
      from = (events.at(-1)?.position ?? 0n) + 1n;
    }
    return names;
  }

  before(async () => {
    authorization = service.authorization();
    proxy = await startCuttingProxy(Number(new URL(service.url).port));
  });

  after(() => proxy.stop());

  // An uncaught error or rejection would end the process. Here it fails the current test.
  for (const [kind, make] of Object.entries(kinds)) {
    it(`anywhere (${kind}) affects no other request`, async () => {
      const limit = pLimit(AT_ONCE);
      const sending: Promise<Sent>[] = [];
      const length = make('cut-000000').length;
      for (let afterBytes = 1; afterBytes <= length; afterBytes++) {
        const start = make('cut-000000').toString('latin1', 0, afterBytes);
        if (cutBefore.has(start)) continue;
        cutBefore.add(start);
        const hows: Cut['how'][] = afterBytes === length ? [...WAYS] : [WAYS[afterBytes % WAYS.length] as Cut['how']];
        if (afterBytes % STALL_EVERY_BYTES === 0 || afterBytes === length) hows.push('stall');
        for (const how of hows) {
          const name = `cut-${String(++count).padStart(6, '0')}`;
          const request = make(name);
          // A zipped body may be a byte longer or shorter.
          const isWhole = afterBytes === length;
          const cut = { afterBytes: isWhole ? request.length : Math.min(afterBytes, request.length - 1), how };
          sending.push(limit(() => send(name, request, cut)));
        }
      }
      const sent = await Promise.all(sending);
      // The next request is answered while some connections stall, and after all others.
      expect((await rawRequest(service.url, [withBody(form('next'))])).status).to.equal(200);
      proxy.resetStalled();

      const recorded = await recordedNames();
      for (const { name, isWhole, how, received } of sent) {
        const statuses = statusesIn(received).filter((status) => status !== 100);
        expect(statuses.length, received).to.be.at.most(kind === 'two requests' ? 2 : 1);
        for (const status of statuses) expect(status, received).to.be.below(500);
        if (isWhole && how === 'half-close') expect(statuses, `of ${name}`).to.not.be.empty;
        if (!isWhole) expect(recorded.has(name), `${name} was recorded, but not whole`).to.equal(false);
        if (received.includes(`"filename":"${name}"`))
          expect(recorded.has(name), `${name} was answered`).to.equal(true);
      }
    });
  }
});
