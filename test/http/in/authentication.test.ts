import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { DOCUMENT_BODY, FORM, IMPORTS, ORGANIZATION, testService, USER } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import { whileInstead } from '../../support/while-instead.ts';

const SECRET_ID = '6f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
const ALBUM = '5005800000HEXCtAAP';

describe('authentication', () => {
  const service = testService();
  let secret: string;
  const post = (authorization: string | null, body = DOCUMENT_BODY) =>
    fetch(service.url + IMPORTS, {
      ...{ method: 'POST', body },
      headers: { 'Content-Type': FORM, ...(authorization === null ? {} : { Authorization: authorization }) },
    });
  const get = (path: string, authorization: string) =>
    fetch(`${service.url}/api/v1/imports${path}`, { headers: { Authorization: authorization } });
  /** A token as existing clients sign it: without exp, with a further member in the JOSE header. */
  const secretToken = (claims: object, key = secret, iss = SECRET_ID) =>
    `Token token="${jwt.sign({ iss, ...claims }, key, { noTimestamp: true, header: { alg: 'HS256', cty: 'x' } })}"`;
  /** Waits until a POST of the user is answered with this status. One that begins a second from now, or later, has to be. */
  const withinASecond = async (user: string, status: number) => {
    const sinceMs = performance.now();
    await until(`it is ${status}`, async () => {
      const askedAtMs = performance.now();
      if ((await post(service.authorization(user))).status === status) return true;
      expect(askedAtMs - sinceMs).to.be.below(1_000);
      return false;
    });
  };

  before(async () => {
    secret = await service.issueSecret(SECRET_ID, ORGANIZATION);
  });

  it('refuses with 401, the same problem for every reason, and no X-token', async () => {
    const foreign = jwt.sign({ user_id: USER }, 'another key that is long enough for HS256', { expiresIn: 60 });
    const unknown = service.token('00000000-0000-4000-8000-000000000000');
    const unissued = '7f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
    const problems = [];
    for (const authorization of [
      null,
      'Token ',
      'Basic dXNlcjpwYXNz',
      'Token token="nonsense"',
      `Token ${foreign}`,
      `Token ${unknown}`,
      secretToken({ admin: true }, service.service.keys.secret(unissued), unissued),
      secretToken({ admin: true, exp: 1_554_759_538 }),
      secretToken({}),
      secretToken({ abilities: { another: { Access: { image_upload: true } } } }),
    ]) {
      const answer = await post(authorization);
      expect(answer.status, String(authorization)).to.equal(401);
      expect(answer.headers.get('x-message')).to.equal('Access denied');
      expect(answer.headers.get('www-authenticate')).to.equal('Token realm="Application"');
      expect(answer.headers.get('content-type')).to.equal('application/problem+json');
      expect(answer.headers.get('x-token')).to.equal(null);
      const { request_id, ...problem } = (await answer.json()) as Record<string, unknown>;
      problems.push(problem);
    }
    for (const problem of problems) expect(problem).to.deep.equal(problems[0]);
  });

  it('mints a fresh secret token, signed by the same secret, exp and iat first', async () => {
    const answer = await post(secretToken({ admin: true }));
    expect(answer.status).to.equal(200);
    const fresh = answer.headers.get('x-token') ?? '';
    const { header, payload } = jwt.verify(fresh, secret, { complete: true }) as jwt.Jwt & { payload: jwt.JwtPayload };
    expect(JSON.stringify(header)).to.equal('{"alg":"HS256","typ":"JWT","cty":"x"}');
    expect(Object.keys(payload)).to.deep.equal(['exp', 'iat', 'iss', 'admin']);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).to.equal(14_400);
    expect((await post(`Token ${fresh}`)).status).to.equal(200);
  });

  it('records the secret as the caller', async () => {
    await post(secretToken({ admin: true }));
    const event = (await service.service.services.log.readAll(0n, 1_000)).at(-1);
    expect(JSON.parse(event?.metadata ?? '')).to.include({ secret_id: SECRET_ID, organization_id: ORGANIZATION });
    expect(JSON.parse(event?.metadata ?? '')).to.not.have.property('user_id');
  });

  describe('with abilities on one album', () => {
    const able = () => secretToken({ abilities: { [ALBUM]: { Access: { image_upload: true } } } });

    it('accepts imports into that album, and no others', async () => {
      expect((await post(able())).status).to.equal(200);
      expect((await post(able(), 'album_id=another')).status).to.equal(401);
      expect((await post(able(), 'filename=without-album')).status).to.equal(401);
    });

    it('shows imports of that album, and no others', async () => {
      const mine = (await (await post(able())).json()) as { id: string };
      const other = (await (await post(secretToken({ admin: true }), 'album_id=another')).json()) as { id: string };
      expect((await get(`/${mine.id}`, able())).status).to.equal(200);
      expect((await get(`/${other.id}`, able())).status).to.equal(404);
    });

    it('lists only that album, and says what to do instead', async () => {
      expect((await get(`?album_id=${ALBUM}`, able())).status).to.equal(200);
      for (const [query, says] of [
        ['?album_id=another', /may not act on this album/],
        ['', /single albums only. Name one of them in album_id/],
      ] as const) {
        const answer = await get(query, able());
        expect([answer.status, answer.headers.get('x-token')]).to.deep.equal([403, null]);
        const problem = (await answer.json()) as { type: string; detail: string };
        expect(problem.type).to.equal('urn:import-api:problem:album-not-allowed');
        expect(problem.detail).to.match(says);
      }
    });
  });

  it('fails within a second after a user is removed, and works again when they are registered', async () => {
    const user = '9f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
    await service.register(user, ORGANIZATION);
    expect((await post(service.authorization(user))).status).to.equal(200);
    await service.remove(user);
    await withinASecond(user, 401);
    await service.register(user, ORGANIZATION);
    await withinASecond(user, 200);
  });

  it('fails for a removed user although the views do not have that yet', async () => {
    const user = 'bf1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
    await service.register(user, ORGANIZATION);
    const write = () => Promise.reject(new Error('the views stand still'));
    await whileInstead(service.service.services.readModel, { write }, async () => {
      await service.remove(user);
      await withinASecond(user, 401);
    });
  });

  it('accepts a user who was registered a moment ago', async () => {
    const user = randomUUID();
    expect((await post(service.authorization(user))).status).to.equal(401);
    await service.register(user, ORGANIZATION);
    expect((await post(service.authorization(user))).status).to.equal(200);
  });
});
