import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { description, operations } from '../../support/described.ts';
import { type RawAnswer, rawRequest } from '../../support/raw-http.ts';
import { IMPORTS, startTestService, type TestService, testService } from '../../support/service.ts';

const PAGE = 'https://app.example.com';
const ALLOWED =
  'Authorization, Content-Type, Content-Encoding, Idempotency-Key, If-Match, If-None-Match, If-Range, Last-Event-ID, Prefer, Range, X-Request-Id, traceparent, tracestate, baggage';
const EXPOSED =
  'X-token, Link, ETag, X-Request-Id, Retry-After, X-Redacted, RateLimit, RateLimit-Policy, Idempotent-Replayed, Preference-Applied, Accept-Ranges, Content-Range, Content-Disposition';

/** The answer as it came, so that the order and spelling of its headers count. */
async function ask(service: TestService, line: string, headers: Record<string, string>): Promise<RawAnswer> {
  const lines = Object.entries({ Host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return rawRequest(service.url, [`${line} HTTP/1.1\r\n${lines.join('')}\r\n`]);
}

function headerOf({ headers }: RawAnswer, name: string): string | undefined {
  const values = headers.filter(([found]) => found === name).map(([, value]) => value);
  expect(values.length, `${name} comes once at most`).to.be.lessThan(2);
  return values[0];
}

function namesOf({ headers }: RawAnswer): string[] {
  return headers.map(([name]) => name);
}

function preflight(method = 'POST', origin = PAGE): Record<string, string> {
  return {
    Origin: origin,
    'Access-Control-Request-Method': method,
    'Access-Control-Request-Headers': 'authorization,content-type',
  };
}

describe('pages of other origins', () => {
  const service = testService({ CORS_ORIGINS: `${PAGE}, http://localhost:5173` });

  it('that are named may read an answer and the headers that a client needs', async () => {
    for (const origin of [PAGE, 'http://localhost:5173']) {
      const answer = await ask(service, `GET ${IMPORTS}`, { Authorization: service.authorization(), Origin: origin });
      expect(answer.status).to.equal(200);
      expect(headerOf(answer, 'Access-Control-Allow-Origin')).to.equal(origin);
      expect(headerOf(answer, 'Access-Control-Expose-Headers')).to.equal(EXPOSED);
      expect(headerOf(answer, 'Access-Control-Allow-Credentials')).to.equal(undefined);
      expect(headerOf(answer, 'Vary')).to.equal('Accept-Encoding, Origin');
    }
  });

  it('may send and read the headers that docs/api.md names', () => {
    const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
    const said = /Scripts may send([^.]*)\. They may read([^.]*)\./.exec(page)?.slice(1) ?? [];
    const names = said.map((part) => Array.from(part.matchAll(/`([^`]+)`/g), ([, name]) => name).join(', '));
    expect(names).to.deep.equal([ALLOWED, EXPOSED]);
  });

  for (const [what, line, status] of [
    ['no token', `GET ${IMPORTS}`, 401],
    ['no route', 'GET /nowhere', 404],
    ['no such method', `DELETE ${IMPORTS}`, 405],
    ['a target that is no URL', 'GET http://[', 400],
  ] as const) {
    it(`may read an error too: ${what}`, async () => {
      const answer = await ask(service, line, { Origin: PAGE });
      expect(answer.status).to.equal(status);
      expect(headerOf(answer, 'Access-Control-Allow-Origin')).to.equal(PAGE);
      expect(headerOf(answer, 'Vary')).to.equal('Accept-Encoding, Origin');
    });
  }

  it('may read a 304', async () => {
    const headers = { Authorization: service.authorization(), Origin: PAGE, 'If-None-Match': '*' };
    const answer = await ask(service, `GET ${IMPORTS}`, headers);
    expect([answer.status, headerOf(answer, 'Access-Control-Allow-Origin')]).to.deep.equal([304, PAGE]);
  });

  it('get a preflight answered without a token, on every route', async () => {
    const { info, components } = description;
    const headers = components.headers as object;
    for (const { path, method } of operations) {
      const answer = await ask(service, `OPTIONS ${path.replace('{id}', 'x')}`, preflight(method));
      expect([answer.status, answer.body.length], path).to.deep.equal([204, 0]);
      expect(headerOf(answer, 'Access-Control-Allow-Origin')).to.equal(PAGE);
      expect(headerOf(answer, 'Access-Control-Allow-Methods')?.split(', ')).to.include(method);
      expect(headerOf(answer, 'Access-Control-Allow-Headers')).to.equal(ALLOWED);
      expect(headerOf(answer, 'Access-Control-Max-Age')).to.equal('7200');
      expect(namesOf(answer)).to.not.include.members(['X-token', 'Content-Type', 'Content-Length']);
      const told = namesOf(answer).filter((name) => name.startsWith('Access-Control-'));
      for (const name of told) if (!(name in headers)) expect(info.description).to.include(`\`${name}\``);
    }
  });

  it('get only the methods of the path in a preflight', async () => {
    const methods = async (path: string) =>
      headerOf(await ask(service, `OPTIONS ${path}`, preflight()), 'Access-Control-Allow-Methods');
    expect(await methods(IMPORTS)).to.equal('GET, HEAD, POST');
    expect(await methods(`${IMPORTS}/x`)).to.equal('GET, HEAD');
  });

  it('get no permission for an unknown path', async () => {
    const answer = await ask(service, 'OPTIONS /nowhere', preflight());
    expect([answer.status, headerOf(answer, 'Access-Control-Allow-Methods')]).to.deep.equal([404, undefined]);
  });

  it('get a 405 for an OPTIONS that is no preflight', async () => {
    expect((await ask(service, `OPTIONS ${IMPORTS}`, { Origin: PAGE })).status).to.equal(405);
    expect((await ask(service, `GET ${IMPORTS}`, preflight())).status).to.equal(401);
  });

  for (const origin of [
    'https://evil.example',
    'https://app.example.com.evil.example',
    'http://app.example.com',
    'https://app.example.com:444',
    'HTTPS://APP.EXAMPLE.COM',
    `${PAGE}, ${PAGE}`,
    'null',
    '*',
  ]) {
    it(`that are not named may not read an answer: ${origin}`, async () => {
      const headers = { Authorization: service.authorization(), Origin: origin };
      for (const answer of [
        await ask(service, `GET ${IMPORTS}`, headers),
        await ask(service, `OPTIONS ${IMPORTS}`, preflight('POST', origin)),
      ]) {
        expect(namesOf(answer).filter((name) => name.startsWith('Access-Control-'))).to.deep.equal([]);
        expect(headerOf(answer, 'Vary')).to.equal('Accept-Encoding, Origin');
      }
      expect((await ask(service, `OPTIONS ${IMPORTS}`, preflight('POST', origin))).status).to.equal(405);
    });
  }

  it('change nothing for other callers except the Vary header', async () => {
    const plain = await startTestService();
    try {
      const [with_, without] = await Promise.all(
        [service, plain].map((one) => ask(one, `GET ${IMPORTS}`, { Authorization: one.authorization() })),
      );
      expect(namesOf(with_ as RawAnswer)).to.deep.equal(namesOf(without as RawAnswer));
      expect(headerOf(with_ as RawAnswer, 'Vary')).to.equal('Accept-Encoding, Origin');
      expect(headerOf(without as RawAnswer, 'Vary')).to.equal('Accept-Encoding');
    } finally {
      await plain.stop();
    }
  });
});

describe('pages of any origin', () => {
  const withOrigins = async (env: NodeJS.ProcessEnv, use: (service: TestService) => Promise<void>) => {
    const service = await startTestService(env);
    await use(service).finally(() => service.stop());
  };

  it('may read answers if CORS_ORIGINS is *', () =>
    withOrigins({ CORS_ORIGINS: '*' }, async (service) => {
      const answer = await ask(service, `GET ${IMPORTS}`, { Origin: 'https://any.example' });
      expect(headerOf(answer, 'Access-Control-Allow-Origin')).to.equal('*');
      expect((await ask(service, `OPTIONS ${IMPORTS}`, preflight('GET', 'null'))).status).to.equal(204);
    }));

  it('may read none if CORS_ORIGINS is not set: no answer has headers about it', () =>
    withOrigins({}, async (service) => {
      const question = await ask(service, `OPTIONS ${IMPORTS}`, preflight());
      expect(question.status).to.equal(405);
      for (const answer of [question, await ask(service, `GET ${IMPORTS}`, { Origin: PAGE })]) {
        expect(namesOf(answer).filter((name) => name.startsWith('Access-Control-'))).to.deep.equal([]);
        expect(headerOf(answer, 'Vary')).to.equal('Accept-Encoding');
      }
    }));
});
