import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { converse, rawRequest } from '../support/raw-http.ts';
import { FORM, IMPORTS, testService } from '../support/service.ts';
import { until } from '../support/until.ts';

describe('for bad input, the service:', () => {
  const service = testService();
  const head = () =>
    `POST ${IMPORTS} HTTP/1.1\r\nHost: x\r\nAuthorization: ${service.authorization()}\r\n` +
    `Content-Type: ${FORM}\r\nContent-Length: 100\r\n\r\n`;

  /** Whatever happened before, the service still serves. */
  afterEach(async () => {
    expect((await service.post('filename=still-there')).status).to.equal(200);
  });

  it('a caller who leaves in mid-body, zipped or not, leaves no request under way', async () => {
    const zipped = head().replace('\r\n\r\n', '\r\nContent-Encoding: gzip\r\n\r\n');
    for (const start of [head(), zipped, zipped]) {
      const sockets = Array.from({ length: 300 }, () => connect(Number(new URL(service.url).port), '127.0.0.1'));
      for (const socket of sockets) socket.write(start);
      await Promise.all(
        sockets.map((socket) => new Promise((resolve) => socket.write(gzipSync('x').subarray(0, 12), resolve))),
      );
      // After a later request is answered, the service reads these.
      expect((await service.post('')).status).to.equal(200);
      for (const socket of sockets) socket.destroy();
      await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    }
    await until('none is under way', async () => {
      const answers = await Promise.all(Array.from({ length: 500 }, () => service.post('filename=all-let-in')));
      return answers.every(({ status }) => status === 200);
    });
  });

  it('an unknown path gives 404, an unknown method 405 with Allow', async () => {
    expect((await service.request('/api/v2/imports')).status).to.equal(404);
    const answer = await service.request(IMPORTS, { method: 'DELETE' });
    expect([answer.status, answer.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD, POST']);
  });

  it('a request without Host gets a 400 with the same headers and kind of body, and the connection stays open', async () => {
    const next = 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const received = await converse(service.url, [`GET /livez HTTP/1.1\r\n\r\n${next}`]);
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
      const answer = await service.send(`POST ${target}`, [], '');
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
      const answer = await service.send(`GET ${path}`);
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
});
