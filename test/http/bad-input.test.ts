import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { rawRequest } from '../support/raw-http.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { until } from '../support/until.ts';

const FORM = 'application/x-www-form-urlencoded';
const MEBIBYTE = 1_048_576;

describe('for bad input, the service:', () => {
  let service: TestService;
  const post = (body: string, contentType = FORM, headers: Record<string, string> = {}) =>
    service.request('/api/v1/imports', { method: 'POST', body, headers: { 'Content-Type': contentType, ...headers } });
  const head = (length: number | null, contentType = FORM) =>
    `POST /api/v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: ${service.authorization()}\r\n` +
    `Content-Type: ${contentType}\r\n${length === null ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`}\r\n\r\n`;

  before(async () => {
    service = await startTestService();
  });

  after(() => service.stop());

  /** Whatever happened before, the service still serves. */
  afterEach(async () => {
    expect((await post('filename=still-there')).status).to.equal(200);
  });

  for (const [what, body, contentType] of [
    ['a bad % escape', 'a=%zz', FORM],
    ['bytes that are not UTF-8', 'a=%ff', FORM],
    ['conflicting shapes', 'a=1&a[b]=2', FORM],
    ['JSON that is none', '{"a":', 'application/json'],
    ['JSON nested over 100 deep', '['.repeat(101) + ']'.repeat(101), 'application/json'],
    ['JSON nested 300,000 deep', '['.repeat(300_000) + ']'.repeat(300_000), 'application/json'],
    ['a form nested over 100 deep', `a${'[b]'.repeat(101)}=1`, FORM],
    ['more than 4096 parameters', 'a[]=1&'.repeat(4_097), FORM],
    ['more than 4096 JSON values', JSON.stringify(Array(4_097).fill(0)), 'application/json'],
    ['multipart without its boundary', 'a=1', 'multipart/form-data'],
    [
      'multipart that breaks off',
      '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1',
      'multipart/form-data; boundary=x',
    ],
  ] as const) {
    it(`${what} gets a 400 that says so`, async () => {
      const answer = await post(body, contentType);
      const problem = (await answer.json()) as Record<string, unknown>;
      expect(answer.status, JSON.stringify(problem)).to.equal(400);
      expect(answer.headers.get('content-type')).to.equal('application/problem+json');
      expect(problem).to.include({ status: 400, title: 'Malformed request', instance: '/api/v1/imports' });
      expect(problem.request_id).to.equal(answer.headers.get('x-request-id'));
      expect(problem.detail).to.be.a('string').with.length.above(20).and.below(400);
      expect(JSON.stringify(problem)).to.not.match(/node_modules|\.[jt]s\b|\n/);
    });
  }

  it('a body of one mebibyte is accepted, one byte more gets 413', async () => {
    expect((await post(`a=${'x'.repeat(MEBIBYTE - 2)}`)).status).to.equal(200);
    expect((await post(`a=${'x'.repeat(MEBIBYTE - 1)}`)).status).to.equal(413);
  });

  it('a body announced as too large gets 413 before it is sent', async () => {
    const answer = await rawRequest(service.url, [head(MEBIBYTE + 1)]);
    expect(answer.status).to.equal(413);
    expect(JSON.parse(answer.body.toString())).to.include({ type: 'urn:import-api:problem:body-too-large' });
  });

  it('a chunked body that grows too large gets 413, and the connection stays open', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const answer = await rawRequest(service.url, [head(null), ...Array<string>(17).fill(chunk), '0\r\n\r\n']);
    expect(answer.status).to.equal(413);
  });

  it('a zipped body that inflates to too much gives 413', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * MEBIBYTE, 'a'));
    const answer = await service.request('/api/v1/imports', {
      method: 'POST',
      body: bomb,
      headers: { 'Content-Type': FORM, 'Content-Encoding': 'gzip' },
    });
    expect(answer.status).to.equal(413);
  });

  it('a body that is not zipped as it says gives 400', async () => {
    expect((await post('a=1', FORM, { 'Content-Encoding': 'gzip' })).status).to.equal(400);
  });

  it('an unknown content encoding gives 415', async () => {
    expect((await post('a=1', FORM, { 'Content-Encoding': 'zstd' })).status).to.equal(415);
  });

  it('a caller who leaves in mid-body harms nobody and records nothing', async () => {
    const { log } = service.service.services;
    const before = await log.head();
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.write(`${head(100)}album_id=x`);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
    expect((await post('filename=meanwhile')).status).to.equal(200);
    expect(await log.head()).to.equal(before + 1n);
  });

  it('a caller who leaves in mid-body, zipped or not, leaves no request under way', async () => {
    const zipped = head(100).replace('\r\n\r\n', '\r\nContent-Encoding: gzip\r\n\r\n');
    for (const start of [head(100), zipped, zipped]) {
      const sockets = Array.from({ length: 300 }, () => connect(Number(new URL(service.url).port), '127.0.0.1'));
      for (const socket of sockets) socket.write(start);
      await Promise.all(
        sockets.map((socket) => new Promise((resolve) => socket.write(gzipSync('x').subarray(0, 12), resolve))),
      );
      // After a later request is answered, the service reads these.
      expect((await post('')).status).to.equal(200);
      for (const socket of sockets) socket.destroy();
      await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    }
    await until('none is under way', async () => {
      const answers = await Promise.all(Array.from({ length: 500 }, () => post('filename=all-let-in')));
      return answers.every(({ status }) => status === 200);
    });
  });

  it('an unknown path gives 404, an unknown method 405 with Allow', async () => {
    expect((await service.request('/api/v2/imports')).status).to.equal(404);
    const answer = await service.request('/api/v1/imports', { method: 'DELETE' });
    expect([answer.status, answer.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD, POST']);
  });

  it('what is not HTTP gives a 400 with the same headers and kind of body', async () => {
    const answer = await rawRequest(service.url, ['NONSENSE\r\n\r\n']);
    expect(answer.status).to.equal(400);
    expect(Object.fromEntries(answer.headers)).to.include({
      'Content-Type': 'application/problem+json',
      'X-Frame-Options': 'DENY',
    });
    expect(JSON.parse(answer.body.toString())).to.include({ status: 400 });
  });

  it('a request without Host gets a 400 with the same headers and kind of body, and the connection stays open', async () => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.write('GET /livez HTTP/1.1\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(received).to.match(/^HTTP\/1\.1 400 .*\r\nX-Frame-Options: DENY\r\n.*HTTP\/1\.1 200 /s);
    expect(received).to.include('\r\nContent-Type: application/problem+json\r\n');
    expect(received).to.include('"type":"urn:import-api:problem:malformed-request"');
    expect(received).to.include('"detail":"Send a Host header.","instance":"/livez"');
  });

  for (const target of ['/api/v1/imports?a=é', '/é', '/livez?a=b c', '/a b', '/?a=\t', '/?a=\x7f']) {
    it(`a request for ${JSON.stringify(target)}, which is not escaped, gives a 400 that says so`, async () => {
      const answer = await rawRequest(service.url, [`POST ${target} HTTP/1.1\r\nHost: x\r\n\r\n`]);
      expect(answer.status).to.equal(400);
      const { detail } = JSON.parse(answer.body.toString()) as { detail: string };
      expect(detail).to.include('send é as %C3%A9, a space as %20');
    });
  }

  for (const target of [
    '/api/v1/imports?filename=a#1.jpg',
    '/api/v1/imports#?a=1',
    'http://x/api/v1/imports?a=1#',
    '/livez#',
  ]) {
    it(`a request for ${target} gets a 400, since the text after the # would be lost`, async () => {
      const answer = await rawRequest(service.url, [
        `POST ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${service.authorization()}\r\nContent-Length: 0\r\n\r\n`,
      ]);
      expect(answer.status).to.equal(400);
      expect((JSON.parse(answer.body.toString()) as { detail: string }).detail).to.include('%23');
    });
  }

  for (const [path, instance] of [
    ['/<a>"^`{|}', '/%3Ca%3E%22%5E%60%7B%7C%7D'],
    ['/a[b]', '/a%5Bb%5D'],
    ['/a\\b', '/a%5Cb'],
    ['/%', '/%25'],
    ['/%2/%zz', '/%252/%25zz'],
    ['/%C3%a9/%25/%2525', '/%C3%a9/%25/%2525'],
    ["/~a-b_c.d!$&'()*+,;=:@", "/~a-b_c.d!$&'()*+,;=:@"],
    ['/api/v1/imports/<id>?_=<b>', '/api/v1/imports/%3Cid%3E'],
  ] as const) {
    it(`the instance of the problem at ${path} is ${instance}, a URI reference`, async () => {
      const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${service.authorization()}\r\n\r\n`;
      const answer = await rawRequest(service.url, [request]);
      expect(JSON.parse(answer.body.toString())).to.include({ status: 404, instance });
    });
  }

  for (const target of ['http://[::1', 'http://', 'https://', 'http://?x', 'http:', '?']) {
    it(`a target that is no URL (${target}) gives a 400 like any other`, async () => {
      const answer = await rawRequest(service.url, [`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`]);
      expect(answer.status).to.equal(400);
      expect(JSON.parse(answer.body.toString())).to.include({ type: 'urn:import-api:problem:malformed-request' });
    });
  }

  it('a CONNECT gets a 400', async () => {
    expect((await rawRequest(service.url, ['CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n'])).status).to.equal(400);
  });

  it('headers of over 16 KiB give 431', async () => {
    const answer = await rawRequest(service.url, [
      `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    ]);
    expect(answer.status).to.equal(431);
  });

  it('of more than 512 requests of one caller at once, those beyond get 429 with Retry-After', async () => {
    const sockets = Array.from({ length: 513 }, () => connect(Number(new URL(service.url).port), '127.0.0.1'));
    const answers: string[] = [];
    for (const socket of sockets) {
      socket.on('data', (chunk) => answers.push(chunk.toString()));
      socket.on('error', () => {});
      socket.write(`${head(100)}a`);
    }
    const [refused] = await until('one is refused', () => (answers.length > 0 ? answers : null));
    for (const socket of sockets) socket.destroy();
    expect(refused).to.match(/^HTTP\/1\.1 429 /);
    expect(refused).to.match(/\r\nRetry-After: 1\r\n/);
    await until('the caller is let in again', async () => (await post('')).status === 200);
  });
});
