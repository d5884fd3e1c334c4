import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { newId } from '../../../src/events/new-id.ts';
import { rawResponse } from '../../support/raw-http.ts';
import { IMPORTS, ORGANIZATION, OTHER_USER, startTestService, type TestService, USER } from '../../support/service.ts';
import { until } from '../../support/until.ts';

const MIB = 1_048_576;
const ZIPPED = { 'Content-Encoding': 'gzip' };
const CONTROLS = new Uint8Array(gzipSync(`a=${'\x01'.repeat(MIB - 2)}`));

describe('the limits of the service, over the wire,', () => {
  let service: TestService;
  const start = async (env: NodeJS.ProcessEnv = {}) => {
    service = await startTestService(env);
  };
  /** A request that no `fetch` sends: `rest` begins with further headers. */
  const askRaw = (method: string, rest: string, user = USER) => {
    const head = `${method} ${IMPORTS} HTTP/1.1\r\nHost: x\r\nAuthorization: ${service.authorization(user)}\r\n`;
    return rawResponse(service.url, head + rest);
  };
  const heldBytes = () => service.service.services.limits.memory.heldBytes;

  afterEach(() => service.stop());

  it('allow records of up to a mebibyte of JSON, and answer 413 to larger ones, in whatever form they were sent', async () => {
    await start();
    expect((await service.post(`a=${'x'.repeat(MIB - 2)}`)).status).to.equal(200);
    for (const [body, headers] of [
      [CONTROLS, ZIPPED],
      [`a=${'%01'.repeat(200_000)}`, {}],
    ] as const) {
      const answer = await service.post(body, headers);
      expect(answer.status).to.equal(413);
      expect(await answer.json()).to.include({ type: 'urn:import-api:problem:body-too-large' });
    }
    expect(await (await service.request(IMPORTS)).json()).to.have.length(1);
    await until('nothing is held', () => heldBytes() === 0);
  });

  it('let one organization overtake another that sends many large bodies at once', async () => {
    await start();
    let large = 0;
    const flood = Array.from({ length: 32 }, async () => {
      await (await service.post(CONTROLS, ZIPPED)).arrayBuffer();
      large += 1;
    });
    await until('the flood is being answered', () => large > 0);
    const before = large;
    expect((await service.post('album_id=a', {}, OTHER_USER)).status).to.equal(200);
    expect(large - before).to.be.at.most(3);
    await Promise.all(flood);
  });

  it('answer 429 to a caller who reads no answers, and still answer others', async () => {
    await start({ MEMORY_BUDGET_MB: '100' });
    const { id } = (await (await service.post(`a=${'<'.repeat(MIB - 2)}`)).json()) as { id: string };
    const { port } = new URL(service.url);
    const request = `GET ${IMPORTS}/${id}/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${service.authorization()}\r\n\r\n`;
    const readers = Array.from({ length: 12 }, () => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(request)).on('error', () => {});
      return socket.pause();
    });
    try {
      await until('answers wait', () => heldBytes() > 8 * MIB);
      const refused = await until('the caller is refused', async () => {
        const answer = await service.request(`${IMPORTS}/${id}`);
        return answer.status === 429 ? answer : null;
      });
      expect(refused.headers.get('retry-after')).to.equal('1');
      expect(heldBytes()).to.be.at.most(16 * MIB);
      expect((await service.post('a=b', {}, OTHER_USER)).status).to.equal(200);
    } finally {
      for (const socket of readers) socket.destroy();
    }
    await until('nothing is held', () => heldBytes() === 0);
    expect((await service.request(`${IMPORTS}/${id}`)).status).to.equal(200);
  });

  it('answer 503 to everybody while all callers together hold the memory of the process', async () => {
    await start({ MEMORY_BUDGET_MB: '10' });
    const held = service.service.services.limits.memory.open('somebody else');
    held.take(10 * MIB - 100);
    const answer = await service.post(`a=${'x'.repeat(1_000)}`);
    expect(answer.status).to.equal(503);
    expect(await answer.json()).to.include({ type: 'urn:import-api:problem:overloaded' });
    held.release();
    expect((await service.post(`a=${'x'.repeat(1_000)}`)).status).to.equal(200);
  });

  it('limit a caller to RATE_LIMIT if it is set, and show it in the header fields', async () => {
    await start({ RATE_LIMIT: 'requests=2' });
    const first = await service.request(IMPORTS);
    expect(first.headers.get('ratelimit-policy')).to.equal('"requests";q=2;w=1');
    expect(first.headers.get('ratelimit')).to.equal('"requests";r=1;t=1');
    const answers = await Promise.all(Array.from({ length: 6 }, () => service.request(IMPORTS)));
    const refused = answers.find(({ status }) => status === 429) as Response;
    expect(await refused.json()).to.include({ type: 'urn:import-api:problem:rate-limited' });
    expect(refused.headers.get('retry-after')).to.equal('1');
    expect(refused.headers.get('ratelimit')).to.equal('"requests";r=0;t=1');
    expect((await service.post('a=b', {}, OTHER_USER)).status).to.equal(200);
  });

  it('show what is left in each answer to a known caller, and in no other', async () => {
    await start({ RATE_LIMIT: 'requests=1000' });
    const { id } = (await (await service.post('a=b')).json()) as { id: string };
    const iss = newId();
    const forNoAlbum = jwt.sign({ iss, abilities: {} }, await service.issueSecret(iss, ORGANIZATION));
    const keyed = { 'Idempotency-Key': 'k' };
    await service.post('a=1', keyed);
    const { headers } = await service.request(`${IMPORTS}/${id}`);
    for (const [status, isTold, asked] of [
      [200, true, service.request(IMPORTS)],
      [304, true, service.request(`${IMPORTS}/${id}`, { headers: { 'If-None-Match': headers.get('etag') as string } })],
      [400, true, service.request(`${IMPORTS}?surprise=1`)],
      [400, true, askRaw('GET', 'Content-Length: 1\r\n\r\na')],
      [400, true, service.post('{', { 'Content-Type': 'application/json' })],
      [403, true, service.request(IMPORTS, { headers: { Authorization: `Token ${forNoAlbum}` } })],
      [404, true, service.request(`${IMPORTS}/none`)],
      [413, true, service.post('a'.repeat(MIB + 1))],
      [415, true, service.post('a', { 'Content-Type': 'text/plain' })],
      [422, true, service.post('a=2', keyed)],
      [401, false, service.request(IMPORTS, { headers: { Authorization: '' } })],
      [401, false, service.request(IMPORTS, { method: 'POST', headers: { Authorization: `Token ${forNoAlbum}` } })],
      [404, false, service.request('/nowhere')],
      [405, false, service.request(IMPORTS, { method: 'DELETE' })],
      [200, false, service.request('/livez')],
    ] as const) {
      const answer = await asked;
      expect(answer.status).to.equal(status);
      for (const name of ['ratelimit-policy', 'ratelimit']) {
        expect(answer.headers.has(name), `${status} ${answer.url} ${name}`).to.equal(isTold);
      }
    }
  });

  it('count a body before they show what is left, whether it is read or refused', async () => {
    await start({ RATE_LIMIT: 'requests=20, bytes=10000' });
    const paid = await service.post('a'.repeat(100_000));
    expect(paid.status).to.equal(200);
    expect(paid.headers.get('ratelimit')).to.match(/^"requests";r=(?:19|20);t=1, "bytes";r=0;t=(?:[5-9]|10)$/);
    const refused = await service.request(IMPORTS);
    expect(refused.status).to.equal(429);
    const wait = refused.headers.get('retry-after');
    expect(Number(wait)).to.be.within(2, 10);
    expect(refused.headers.get('ratelimit')).to.match(new RegExp(`^"requests";r=\\d+;t=1, "bytes";r=0;t=${wait}$`));

    const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
    const chunked = `Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(17)}0\r\n\r\n`;
    const tooLarge = await askRaw('POST', chunked, OTHER_USER);
    expect(tooLarge.status).to.equal(413);
    expect(tooLarge.headers.get('ratelimit')).to.match(/"bytes";r=0;t=10\d$/);
  });
});
