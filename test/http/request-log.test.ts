import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import pino from 'pino';
import { secretDecider } from '../../src/commands/secret.ts';
import { rawRequest } from '../support/raw-http.ts';
import { DOCUMENT_BODY, FORM, IMPORTS, JWT_SECRET, ORGANIZATION, testService, USER } from '../support/service.ts';
import { until } from '../support/until.ts';

const SECRET = '6f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
const NONE = '00000000-0000-4000-8000-000000000000';

/** How many log lines a second there are for refusals of bytes that are no request. */
const REFUSALS_A_SECOND = 10;

type Line = { readonly [name: string]: unknown };

describe('the log line of a request', () => {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => lines.push(line) });
  const service = testService({ TRUST_PROXY: '1' }, logger);
  let secret: string;

  /** The line of a request, and the status of its answer. */
  const lineOf = async (path: string, authorization: string, init: RequestInit = {}): Promise<Line> => {
    const seen = lines.length;
    const headers = { 'X-Request-Id': 'this-one', ...init.headers, Authorization: authorization };
    await (await service.request(path, { ...init, headers })).text();
    const line = await until('its line is there', () => lines.slice(seen).find((text) => text.includes('"this-one"')));
    return JSON.parse(line);
  };
  const secretToken = (claims: object, key = secret, iss = SECRET) => `Token ${jwt.sign({ iss, ...claims }, key)}`;

  before(async () => {
    secret = await service.issueSecret(SECRET, ORGANIZATION);
  });

  it('has the address of the socket, or the one that a trusted proxy reports', async () => {
    expect(await lineOf('/livez', '')).to.include({ address: '127.0.0.1', route: '/livez', status: 200 });
    const headers = { 'X-Forwarded-For': 'junk, 192.0.2.7' };
    expect(await lineOf('/livez', '', { headers })).to.include({ address: '192.0.2.7' });
    expect(await lineOf('/livez', '', { headers: { Forwarded: 'for=192.0.2.8' } })).to.include({
      address: '192.0.2.8',
    });
  });

  for (const [what, status, problem, bytes] of [
    ['garbage', 400, 'malformed-request', ['nothing that is HTTP\r\n\r\n']],
    ['CONNECT', 400, 'malformed-request', ['CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n']],
    ['a TLS hello', 400, 'malformed-request', [Buffer.from('160301020001000100', 'hex')]],
    [
      'two lengths',
      400,
      'malformed-request',
      ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ],
    ['headers that are too large', 431, 'headers-too-large', [`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`]],
  ] as const) {
    it(`is written for ${what}, on both listeners`, async () => {
      for (const url of [service.url, service.operationsUrl]) {
        const answer = await rawRequest(url, bytes);
        const id = new Map(answer.headers).get('X-Request-Id') as string;
        const line = await until('its line is there', () => lines.find((text) => text.includes(id)));
        const told = { level: 30, address: '127.0.0.1', status, problem, msg: 'request refused' };
        expect(JSON.parse(line)).to.include(told);
        expect(answer.status).to.equal(status);
      }
    });
  }

  it('is written for some of many refusals, and says how many have none', async () => {
    const seen = lines.length;
    const refused = () => lines.slice(seen).filter((line) => line.includes('"request refused"'));
    const began = performance.now();
    for (let number = 0; number < 300; number += 1) await rawRequest(service.url, ['garbage\r\n\r\n']);
    const seconds = (performance.now() - began) / 1_000;
    expect(refused().length).to.be.within(1, REFUSALS_A_SECOND * (seconds + 2));
    await until('a line says how many have none', async () => {
      await rawRequest(service.url, ['garbage\r\n\r\n']);
      return refused().some((line) => line.includes('"lines_left_out":'));
    });
  });

  it('names the caller, the token, and the import that was made or asked for', async () => {
    const init = { method: 'POST', body: DOCUMENT_BODY, headers: { 'Content-Type': FORM } };
    const made = await lineOf(IMPORTS, secretToken({ admin: true, jti: 'token-7', sub: 'their-user' }), init);
    expect(made).to.include({ caller: `secret:${SECRET}`, jti: 'token-7', sub: 'their-user', status: 200 });
    expect(made).to.include({ caller_request_id: 'this-one' });
    expect(made.request_id).to.match(/^[0-9a-f-]{36}$/);
    expect(made.import).to.match(/^[0-9a-f-]{36}$/);
    for (const path of [`${IMPORTS}/${made.import}`, `${IMPORTS}/${String(made.import).toUpperCase()}/events`]) {
      const read = await lineOf(path, service.authorization());
      expect(read).to.include({ caller: `user:${USER}`, import: made.import, status: 200 });
      expect(read).to.not.have.any.keys('jti', 'problem', 'denied', 'claimed_caller');
    }
    expect(await lineOf(`${IMPORTS}/${NONE}`, service.authorization())).to.include({
      ...{ caller: `user:${USER}`, import: NONE, status: 404, problem: 'not-found' },
    });
    expect(await lineOf(`${IMPORTS}/secret-text`, service.authorization())).to.not.have.property('import');
  });

  it('says why a request got 401, and whom its token names, trusted or not', async () => {
    const { session, secret: secretOf } = service.service.keys;
    const [user, revoked] = ['9f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a', '8f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a'];
    await service.register(user, ORGANIZATION);
    await service.remove(user);
    const revokedKey = await service.issueSecret(revoked, ORGANIZATION);
    const context = { organization_id: ORGANIZATION, operator: 'test', request_id: 'test' };
    await service.service.services.execute(secretDecider, `secret-${revoked}`, { type: 'RevokeSecret' }, context);
    const keyOf = secretOf.bind(service.service.keys);
    const bySecret = { caller: `secret:${SECRET}` };
    for (const [authorization, expected] of [
      ['', { denied: 'token_missing' }],
      ['Basic dXNlcjpwYXNz', { denied: 'token_missing' }],
      [`bearer ${service.token()}`, { denied: 'token_missing' }],
      ['Token nonsense', { denied: 'token_malformed' }],
      [`Token ${jwt.sign({ user_id: USER }, session, { algorithm: 'HS512' })}`, { denied: 'algorithm_not_accepted' }],
      [`Token ${jwt.sign({ sub: USER }, session)}`, { denied: 'bearer_missing' }],
      [secretToken({ jti: 'a' }, keyOf(NONE)), { denied: 'signature_wrong', claimed_caller: `secret:${SECRET}` }],
      [secretToken({ exp: 1, jti: 'b' }), { denied: 'expired', jti: 'b', ...bySecret }],
      [secretToken({ nbf: 99_999_999_999 }), { denied: 'not_yet_valid', ...bySecret }],
      [`Token ${jwt.sign({ user_id: USER }, session)}`, { denied: 'exp_missing', caller: `user:${USER}` }],
      [`Token ${service.token(NONE)}`, { denied: 'user_unknown', caller: `user:${NONE}` }],
      [`Token ${service.token(user)}`, { denied: 'user_removed', caller: `user:${user}` }],
      [secretToken({}, keyOf(NONE), NONE), { denied: 'secret_unknown', caller: `secret:${NONE}` }],
      [secretToken({}, revokedKey, revoked), { denied: 'secret_revoked', caller: `secret:${revoked}` }],
    ] as const) {
      const line = await lineOf(IMPORTS, authorization);
      const told: Line = { status: 401, problem: 'access-denied', ...expected };
      for (const name of ['status', 'problem', 'denied', 'caller', 'claimed_caller', 'jti']) {
        expect(line[name], `${name} for ${authorization}`).to.equal(told[name]);
      }
    }
    expect(await lineOf(IMPORTS, secretToken({}), { method: 'POST' })).to.include({
      denied: 'album_not_allowed',
      ...bySecret,
    });
    await fetch(service.url + IMPORTS, { headers: { 'X-Request-Id': 'without' } });
    expect(await until('its line is there', () => lines.find((line) => line.includes('without')))).to.include(
      '"denied":"header_missing"',
    );
  });

  it('is short and has no token, whatever is sent', async () => {
    const token = secretToken({ admin: true, jti: `\n"${'j'.repeat(5_000)}` });
    const headers = { 'X-Forwarded-For': 'f'.repeat(3_000), Forwarded: `for="${'f'.repeat(3_000)}` };
    const line = JSON.stringify(await lineOf(`${IMPORTS}?album_id=a-secret-album`, token, { headers }));
    expect(line.length).to.be.lessThan(700);
    for (const text of [...token.split(/[ .]/).slice(1), secret, JWT_SECRET, 'a-secret-album']) {
      expect(
        lines.some((line) => line.includes(text)),
        text,
      ).to.equal(false);
    }
  });
});
