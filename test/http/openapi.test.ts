import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'chai';
import pino from 'pino';
import { LogUnavailable } from '../../src/events/errors.ts';
import { createApp } from '../../src/http/app.ts';
import { idempotencyKeyOf } from '../../src/http/idempotency-key.ts';
import { importFilters } from '../../src/http/import-filters.ts';
import { Metrics } from '../../src/http/metrics.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { Services } from '../../src/http/services.ts';
import { ReadModelUnavailable } from '../../src/projections/read-model.ts';
import {
  DOCUMENT_BODY,
  OPENAPI_FILE,
  ORGANIZATION,
  startTestService,
  type TestService,
  USER,
} from '../support/service.ts';
import { until } from '../support/until.ts';

// What is used of OpenAPI's own terms.
type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Schema = { [name: string]: Json };
type Named<T> = { [name: string]: T };
interface Header {
  required?: boolean;
  schema: Schema;
}
interface Media {
  schema: Schema;
  example?: Json;
  examples?: Named<{ value: Json }>;
}
interface Parameter extends Header {
  name: string;
  in: string;
}
interface Operation {
  operationId: string;
  tags: string[];
  security?: Named<string[]>[];
  parameters?: Parameter[];
  requestBody?: { content: Named<Media> };
  responses: Named<{ headers: Named<Header>; content?: Named<Media>; links?: Named<{ operationId: string }> }>;
}
interface Description {
  tags: { name: string }[];
  security: Named<string[]>[];
  paths: Named<Named<Operation>>;
  components: Named<Named<Json>> & { schemas: Named<Schema> };
}

type Body = NonNullable<RequestInit['body']>;

const TEXT = readFileSync(OPENAPI_FILE, 'utf8');
const written = JSON.parse(TEXT) as Json;
const description = resolved(written) as unknown as Description;
const operations = Object.entries(description.paths).flatMap(([path, byMethod]) =>
  Object.entries(byMethod).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
const ajv = new Ajv2020({ strict: true, allErrors: true });
formats.default(ajv);

/** What belongs to the connection or to any HTTP answer, not to this API; `Content-Type` is described by the content. */
const NOT_DESCRIBED = ['connection', 'content-type', 'date', 'keep-alive', 'transfer-encoding'];
const PROBLEM = 'application/problem+json';
const FORM = 'application/x-www-form-urlencoded';
const MEBIBYTE = 1_048_576;

/** A real answer, and where it is described. */
interface Case {
  id: string;
  status: number;
  when: string;
  /** The last part of the problem's type. */
  problem?: string;
  /** Headers that are described as optional and are on this answer. */
  has?: string[];
  ask(): Promise<Response>;
}

let service: TestService;
let lateServer: Server;
/** The answer to each operation's request that stops in mid-line, begun together since it takes a second. */
let late: Map<string, Promise<Response>>;
/** An import that is there. */
let importId: string;

const cases: Case[] = [
  ...operations.flatMap(({ operation: { operationId: id }, method }) => {
    const line = () => `${method} ${pathOf(id)} HTTP/1.1\r\nHost: localhost\r\n`;
    const raw = (text: string) => rawAnswer(Number(new URL(service.url).port), text);
    return [
      problem(id, 400, 'malformed-request', 'it is not HTTP', () => raw(`${line()}no header\r\n\r\n`)),
      problem(id, 405, 'method-not-allowed', 'the method is DELETE', () => ask(id, { method: 'DELETE' })),
      problem(id, 408, 'request-timeout', 'it does not arrive in time', () => late.get(id) as Promise<Response>),
      problem(id, 431, 'headers-too-large', 'its headers have over 16 KiB', () =>
        raw(`${line()}X-Long: ${'x'.repeat(16_384)}\r\n\r\n`),
      ),
    ];
  }),
  ...operations
    .filter(isSecured)
    .flatMap(({ operation: { operationId: id } }) => [
      problem(id, 401, 'access-denied', 'there is no token', () => ask(id, { headers: { Authorization: '' } })),
      problem(id, 429, 'too-many-requests', 'the caller has 512 requests under way', () => askWhileBusy(id, 512)),
    ]),

  success('createImport', 'the parameters are a form', () => create(FORM, DOCUMENT_BODY), ['Content-Encoding']),
  success('createImport', 'the caller does not take gzip', () =>
    ask('createImport', { headers: { 'Content-Type': FORM, 'Accept-Encoding': 'identity' }, body: DOCUMENT_BODY }),
  ),
  success('createImport', 'the parameters are JSON', () => create('application/json', '{"album_id":1,"<a>":[null]}')),
  success('createImport', 'the parameters are multipart', () => create(null, multipart({ 'a[b]': 'c' }))),
  success('createImport', 'there are no parameters', () => ask('createImport')),
  success('createImport', 'the body is of 1 MiB', () => create(FORM, 'a'.repeat(MEBIBYTE))),
  problem('createImport', 400, 'malformed-request', 'parameters are in conflict', () => create(FORM, 'a=1&a[b]=2')),
  problem('createImport', 400, 'malformed-request', 'the JSON is malformed', () => create('application/json', '{')),
  problem('createImport', 400, 'malformed-request', 'there are 4097 parameters', () =>
    create(FORM, 'a&'.repeat(4_097)),
  ),
  problem('createImport', 400, 'malformed-request', 'they are nested 101 levels deep', () =>
    create(FORM, `a${'[b]'.repeat(100)}=1`),
  ),
  problem('createImport', 400, 'malformed-request', 'the Idempotency-Key has 256 characters', () =>
    ask('createImport', { headers: { 'Idempotency-Key': 'k'.repeat(256) } }),
  ),
  problem('createImport', 413, 'body-too-large', 'the body has over 1 MiB', () =>
    create(FORM, 'a'.repeat(MEBIBYTE + 1)),
  ),
  problem('createImport', 415, 'unsupported-media-type', 'the content encoding is not known', () =>
    ask('createImport', { headers: { 'Content-Type': FORM, 'Content-Encoding': 'compress' }, body: 'a=1' }),
  ),
  problem('createImport', 415, 'unsupported-media-type', 'a part is a file', () =>
    create(null, multipart({ image: new File(['…'], 'Image456.jpg') })),
  ),
  problem('createImport', 422, 'idempotency-key-reused', 'the key was used for another import', async () => {
    const headers = { 'Idempotency-Key': 'used', 'Content-Type': FORM };
    await ask('createImport', { headers, body: 'a=1' });
    return ask('createImport', { headers, body: 'a=2' });
  }),
  problem('createImport', 500, 'internal-error', 'the service has a fault', () =>
    withFault(services().log, 'append', rejecting(new Error('a fault')), () => ask('createImport')),
  ),
  problem('createImport', 503, 'log-unavailable', 'the log cannot be written', () =>
    withFault(services().log, 'append', rejecting(new LogUnavailable('test')), () => ask('createImport')),
  ),

  success('listImports', 'all are on the page', () => ask('listImports')),
  success('listImports', 'there are more', () => ask('listImports', {}, '?limit=1'), ['Link', 'Content-Encoding']),
  {
    ...{ id: 'listImports', status: 304, when: 'the page has not changed', has: ['Link'] },
    ask: () => askAgain('listImports', '?limit=1'),
  },
  problem('listImports', 400, 'malformed-request', 'a filter is wrong', () => ask('listImports', {}, '?limit=many')),
  problem('listImports', 500, 'internal-error', 'the service has a fault', () =>
    withFault(services().readModel, 'listImports', rejecting(new Error('a fault')), () => ask('listImports')),
  ),
  problem('listImports', 503, 'read-model-unavailable', 'the read model is away', () =>
    withFault(services().readModel, 'listImports', rejecting(new ReadModelUnavailable('test')), () =>
      ask('listImports'),
    ),
  ),
  problem('listImports', 503, 'views-behind', 'the views are behind the log', () => whileCatchingUp('listImports')),

  success('showImport', 'the import is there', () => ask('showImport'), ['Content-Encoding']),
  { id: 'showImport', status: 304, when: 'it has not changed', ask: () => askAgain('showImport') },
  problem('showImport', 404, 'not-found', 'there is no such import', () => service.request('/api/v1/imports/none')),
  problem('showImport', 500, 'internal-error', 'the service has a fault', () =>
    withFault(services().readModel, 'get', rejecting(new Error('a fault')), () => ask('showImport')),
  ),
  problem('showImport', 503, 'read-model-unavailable', 'the read model is away', () =>
    withFault(services().readModel, 'get', rejecting(new ReadModelUnavailable('test')), () => ask('showImport')),
  ),

  success('livez', 'the process answers', () => ask('livez')),
  success('readyz', 'the service is ready', () => ask('readyz'), ['Content-Encoding']),
  { id: 'readyz', status: 503, when: 'the views are behind the log', ask: () => whileCatchingUp('readyz') },
  success('metrics', 'it is asked', () => ask('metrics'), ['Content-Encoding']),
  success('openapi', 'it is asked', () => ask('openapi'), ['Content-Encoding']),
];

describe('openapi.json', () => {
  before(async () => {
    service = await startTestService();
    for (let made = 0; made < 2; made += 1) {
      importId = ((await (await create(FORM, DOCUMENT_BODY)).json()) as { id: string }).id;
    }
    lateServer = createHttpServer(() => {});
    lateServer.headersTimeout = 1;
    await new Promise<void>((resolve) => lateServer.listen(0, '127.0.0.1', resolve));
    const { port } = lateServer.address() as AddressInfo;
    late = new Map(
      operations.map(({ method, operation: { operationId: id } }) => [id, rawAnswer(port, `${method} ${pathOf(id)} `)]),
    );
    await until('the views are level with the log', () => services().follower.status().caughtUp);
  });

  after(async () => {
    lateServer.close();
    await service.stop();
  });

  describe('describes what is answered', () => {
    for (const one of cases) {
      const { id, status, when, problem, has = [] } = one;
      it(`${id} answers ${status} as described when ${when}`, async () => {
        const response = await answerTo(one);
        expect(response.status).to.equal(status);
        const body = await expectDescribed(operationOf(id), response);
        for (const header of has) expect(response.headers.has(header), header).to.equal(true);
        if (problem !== undefined) expectProblem(operationOf(id), response, body as Named<Json>, problem);
      });
    }

    for (const { method, operation } of operations.filter(({ method }) => method === 'GET')) {
      it(`${operation.operationId} answers HEAD with the headers that are described for ${method}`, async () => {
        const response = await ask(operation.operationId, { method: 'HEAD' });
        expect(response.status).to.equal(200);
        expectHeadersDescribed(operation, response);
      });
    }

    it('has each of its answers provoked here', () => {
      const described = operations.flatMap(({ operation: { operationId: id, responses } }) =>
        Object.keys(responses).map((status) => `${id} ${status}`),
      );
      expect([...new Set(cases.map(({ id, status }) => `${id} ${status}`))]).to.have.members(described);
    });

    it('has each of its problem types provoked here', () => {
      const { type } = (
        description.components.schemas.Problem as unknown as { properties: { type: { enum: string[] } } }
      ).properties;
      const provoked = new Set(cases.flatMap(({ problem }) => (problem === undefined ? [] : [typeOf(problem)])));
      expect([...provoked]).to.have.members(type.enum);
    });

    it('has every header required but those that depend on what is answered', () => {
      const optional = Object.entries(description.components.headers as unknown as Named<Header>)
        .filter(([, { required = false }]) => !required)
        .map(([name]) => name);
      expect(optional).to.have.members(['Link', 'Content-Encoding']);
    });

    it('shows its problems as they are answered', async () => {
      const answered: Json[] = [];
      for (const one of cases.filter(({ problem }) => problem !== undefined)) {
        answered.push(alike((await (await answerTo(one)).json()) as Named<Json>));
      }
      for (const { operation } of operations) {
        for (const { content } of Object.values(operation.responses)) {
          for (const example of examplesOf(content?.[PROBLEM])) expect(answered).to.deep.include(alike(example));
        }
      }
    });

    it('shows an import as it is answered: the document’s 509 bytes, with the keys in their order', async () => {
      const example = exampleOf('Import');
      expect(JSON.stringify(example)).to.have.lengthOf(509);
      const answered = (await (await create(FORM, DOCUMENT_BODY)).json()) as Named<Json>;
      const { id, created_at, updated_at } = answered;
      expect(JSON.stringify(answered)).to.equal(
        JSON.stringify({ ...example, organization_id: ORGANIZATION, id, created_at, updated_at }),
      );
      expect(Object.keys(answered)).to.deep.equal(description.components.schemas.Import?.required);
    });
  });

  describe('describes what may be asked', () => {
    it('has every route of the service and no other', () => {
      const app = createApp({
        services: {} as Services,
        logger: pino({ level: 'silent' }),
        metrics: new Metrics(),
        openapi: '',
        isStopping: () => false,
      });
      type Routes = { router?: { stack: { path: string; methods: string[] }[] } };
      const layers = app.middleware.flatMap((middleware) => (middleware as Routes).router?.stack ?? []);
      const routes = layers.flatMap(({ path, methods }) =>
        methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
      );
      expect(operations.map(({ method, path }) => `${method} ${path}`)).to.have.members(routes);
    });

    it('has every filter of the list and no other', () => {
      const read = new Set<string>();
      importFilters(new Proxy({}, { get: (_, name) => void read.add(String(name)) }));
      const described = operationOf('listImports').parameters?.filter((parameter) => parameter.in === 'query');
      expect(described?.map(({ name }) => name)).to.have.members([...read]);
    });

    it('has the limits of a page', () => {
      const { schema } = parameterOf('listImports', 'limit');
      const limit = (text: string) => importFilters({ limit: text }).limit;
      expect(importFilters({}).limit).to.equal(schema.default);
      expect(limit(String(schema.minimum))).to.equal(schema.minimum);
      expect(limit(String(schema.maximum))).to.equal(schema.maximum);
      expect(() => limit(String(Number(schema.minimum) - 1))).to.throw();
      expect(() => limit(String(Number(schema.maximum) + 1))).to.throw();
    });

    it('has the limits of an idempotency key', () => {
      const { minLength, maxLength } = parameterOf('createImport', 'Idempotency-Key').schema;
      const key = (length: Json | undefined, more = 0) => idempotencyKeyOf('k'.repeat(Number(length) + more));
      expect(key(minLength)).to.have.lengthOf(Number(minLength));
      expect(key(maxLength)).to.have.lengthOf(Number(maxLength));
      expect(() => key(minLength, -1)).to.throw();
      expect(() => key(maxLength, 1)).to.throw();
    });

    it('has a token asked for where one is needed, and nowhere else', async () => {
      for (const route of operations) {
        const { status } = await ask(route.operation.operationId, { headers: { Authorization: '' } });
        expect(status === 401, route.path).to.equal(isSecured(route));
      }
    });

    it('has each scheme of the token accepted', async () => {
      for (const scheme of description.security.flatMap(Object.keys)) {
        const { status } = await ask('listImports', { headers: { Authorization: `${scheme} ${service.token()}` } });
        expect(status, scheme).to.equal(200);
      }
    });

    it('has each media type of the body read as what its example says', async () => {
      const { content } = operationOf('createImport').requestBody as { content: Named<Media> };
      const example = exampleOf('ImportParameters');
      const fields = new URLSearchParams(DOCUMENT_BODY);
      const bodies: Named<Body> = {
        [FORM]: DOCUMENT_BODY,
        'application/json': JSON.stringify(example),
        'multipart/form-data': multipart(Object.fromEntries(fields)),
      };
      expect(Object.keys(content)).to.have.members(Object.keys(bodies));
      for (const [type, body] of Object.entries(bodies)) {
        const answer = await create(type === 'multipart/form-data' ? null : type, body);
        const { params } = (await answer.json()) as { params: Json };
        expect(params, type).to.deep.equal({ ...example, controller: 'api/v1/imports', action: 'create' });
      }
    });

    it('has each content coding of the body read', async () => {
      const zipped: Named<Uint8Array<ArrayBuffer>> = {
        ...{ gzip: gzipSync('a=1'), deflate: deflateSync('a=1'), br: brotliCompressSync('a=1') },
        identity: Buffer.from('a=1'),
      };
      expect(parameterOf('createImport', 'Content-Encoding').schema.enum).to.have.members(Object.keys(zipped));
      for (const [coding, body] of Object.entries(zipped)) {
        const answer = await ask('createImport', {
          headers: { 'Content-Type': FORM, 'Content-Encoding': coding },
          body,
        });
        expect(((await answer.json()) as Named<Named<Json>>).params?.a, coding).to.equal('1');
      }
    });
  });

  describe('is well made', () => {
    it('is served as it is written', async () => {
      expect(await (await ask('openapi')).text()).to.equal(TEXT);
    });

    it('is built as OpenAPI 3.1 asks', () => {
      expectValid(formats.default(new Ajv2020({ strictTypes: false })).compile(STRUCTURE), description);
    });

    it('has every component in use', () => {
      const used = new Set(description.security.flatMap(Object.keys).map((name) => `securitySchemes/${name}`));
      visit(written, ({ $ref }) => used.add(String($ref).replace('#/components/', '')));
      const names = Object.entries(description.components).flatMap(([kind, components]) =>
        Object.keys(components).map((name) => `${kind}/${name}`),
      );
      expect(names.filter((name) => !used.has(name))).to.deep.equal([]);
    });

    it('names each operation once, and what it refers to by name is there', () => {
      const ids = operations.map(({ operation }) => operation.operationId);
      expect(new Set(ids).size).to.equal(ids.length);
      const links = operations.flatMap(({ operation }) =>
        Object.values(operation.responses).flatMap(({ links = {} }) => Object.values(links)),
      );
      expect(ids).to.include.members(links.map(({ operationId }) => operationId));
      const tags = operations.flatMap(({ operation }) => operation.tags);
      expect(new Set(tags)).to.deep.equal(new Set(description.tags.map(({ name }) => name)));
      const schemes = description.security.flatMap(Object.keys);
      expect(Object.keys(description.components.securitySchemes as Named<Json>)).to.have.members(schemes);
    });

    it('declares the parameters of each path', () => {
      for (const { path, operation } of operations) {
        const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
        expect(declared.every(({ required }) => required === true)).to.equal(true);
        expect(declared.map(({ name }) => name)).to.deep.equal([...path.matchAll(/{(\w+)}/g)].map(([, name]) => name));
      }
    });

    it('has no example that its own schema refuses', () => {
      let checked = 0;
      visit(description as unknown as Json, (node) => {
        const schema = (node.schema ?? node) as Schema;
        const named = Array.isArray(node.examples)
          ? node.examples
          : Object.values((node.examples ?? {}) as Named<Json>);
        const values = named.map((example) =>
          Array.isArray(node.examples) ? example : (example as Named<Json>).value,
        );
        for (const value of node.example === undefined ? values : [node.example]) {
          expectValid(ajv.compile(schema), value);
          checked += 1;
        }
      });
      expect(checked).to.be.greaterThan(50);
    });

    it('shows under each status problems of that status', () => {
      for (const { operation } of operations) {
        for (const [status, { content }] of Object.entries(operation.responses)) {
          for (const example of examplesOf(content?.[PROBLEM])) expect(String(example.status)).to.equal(status);
        }
      }
    });
  });
});

/** The parts of OpenAPI 3.1 that are used, after its references are followed: what is not named here is a slip. */
const STRUCTURE = (() => {
  const text = { type: 'string', minLength: 1 };
  const ref = (name: string) => ({ $ref: `#/$defs/${name}` });
  const named = (value: object) => ({ type: 'object', minProperties: 1, additionalProperties: value });
  const list = (items: object) => ({ type: 'array', items });
  const object = (required: string[], properties: object) => ({
    ...{ type: 'object', additionalProperties: false },
    ...{ required, properties },
  });
  const header = { description: text, required: { type: 'boolean' }, schema: ref('schema'), example: true };
  const security = list(named(list(text)));
  return {
    ...object(['openapi', 'info', 'paths', 'components', 'security', 'servers', 'tags'], {
      openapi: { const: '3.1.0' },
      info: object(['title', 'version', 'summary', 'description', 'license'], {
        ...{ title: text, version: text, summary: text, description: text },
        license: object(['name', 'identifier'], { name: text, identifier: text }),
      }),
      servers: list(object(['url'], { url: text, description: text })),
      tags: list(object(['name'], { name: text, description: text })),
      security,
      paths: {
        ...{ type: 'object', additionalProperties: false },
        patternProperties: { '^/': object([], { get: ref('operation'), post: ref('operation') }) },
      },
      components: object([], {
        securitySchemes: named(
          object(['type', 'description'], {
            ...{ type: { enum: ['apiKey', 'http'] }, description: text, name: text, in: { const: 'header' } },
            ...{ scheme: { const: 'bearer' }, bearerFormat: text },
          }),
        ),
        ...{ parameters: named(ref('parameter')), requestBodies: named(ref('requestBody')) },
        ...{ responses: named(ref('response')), headers: named(ref('header')), schemas: named(ref('schema')) },
      }),
    }),
    $defs: {
      schema: { $ref: 'https://json-schema.org/draft/2020-12/schema' },
      operation: object(['operationId', 'tags', 'summary', 'parameters', 'responses'], {
        ...{ operationId: { type: 'string', pattern: '^[a-zA-Z]+$' }, tags: list(text), security },
        ...{ summary: text, description: text, requestBody: ref('requestBody'), parameters: list(ref('parameter')) },
        responses: { ...object([], {}), minProperties: 1, patternProperties: { '^[2-5]\\d\\d$': ref('response') } },
      }),
      parameter: object(['name', 'in', 'description', 'schema'], {
        ...header,
        ...{ name: text, in: { enum: ['header', 'path', 'query'] } },
      }),
      header: object(['description', 'schema'], header),
      requestBody: object(['description', 'content'], { description: text, content: named(ref('media')) }),
      response: object(['description', 'headers'], {
        ...{ description: text, headers: named(ref('header')), content: named(ref('media')) },
        links: named(object(['operationId'], { operationId: text, parameters: named(text), description: text })),
      }),
      media: object(['schema'], {
        ...{ schema: ref('schema'), example: true, examples: named(object(['value'], { value: true })) },
        encoding: named(object([], { style: { const: 'deepObject' }, explode: { type: 'boolean' } })),
      }),
    },
  };
})();

function problem(id: string, status: number, code: string, when: string, ask: () => Promise<Response>): Case {
  return { id, status, when, problem: code, ask };
}

function success(id: string, when: string, ask: () => Promise<Response>, has?: string[]): Case {
  return { id, status: 200, when, has, ask };
}

/** Status, content type, body and headers are as they are described. Gives the body: JSON or text. */
async function expectDescribed(operation: Operation, response: Response): Promise<Json> {
  expectHeadersDescribed(operation, response);
  const content = operation.responses[response.status]?.content ?? {};
  const type = response.headers.get('content-type');
  const text = await response.text();
  if (type === null) {
    expect([text, content]).to.deep.equal(['', {}]);
    return null;
  }
  const mediaType = type.split(';')[0] as string;
  expect(Object.keys(content)).to.deep.equal([mediaType]);
  const body = mediaType.endsWith('json') ? (JSON.parse(text) as Json) : text;
  expectValid(ajv.compile(content[mediaType]?.schema as Schema), body);
  return body;
}

function expectHeadersDescribed(operation: Operation, response: Response): void {
  const described = Object.entries(operation.responses[response.status]?.headers ?? {});
  const names = described.map(([name]) => name.toLowerCase());
  expect(names).to.include.members([...response.headers.keys()].filter((name) => !NOT_DESCRIBED.includes(name)));
  for (const [name, { required = false, schema }] of described) {
    const value = response.headers.get(name);
    if (value === null) expect(required, `${name} is required`).to.equal(false);
    else expectValid(ajv.compile(schema), schema.type === 'integer' ? Number(value) : value, name);
  }
}

function expectProblem(operation: Operation, response: Response, body: Named<Json>, code: string): void {
  const { type, status, request_id } = body;
  expect({ type, status, request_id }).to.deep.equal({
    type: typeOf(code),
    status: response.status,
    request_id: response.headers.get('x-request-id'),
  });
  const shown = examplesOf(operation.responses[response.status]?.content?.[PROBLEM]);
  expect(shown.map((example) => example.type)).to.include(type);
}

/** What every problem of its kind has alike. */
function alike({ type, title, status, detail }: Named<Json>): Json {
  return { type, title, status, detail } as Json;
}

/** Of a schema. */
function exampleOf(name: string): Named<Json> {
  const { examples } = description.components.schemas[name] as { examples: [Named<Json>] };
  return examples[0];
}

function typeOf(problem: string): string {
  return `urn:import-api:problem:${problem}`;
}

function examplesOf(media: Media | undefined): Named<Json>[] {
  const examples = media?.examples === undefined ? [] : Object.values(media.examples).map(({ value }) => value);
  return (media?.example === undefined ? examples : [media.example]) as Named<Json>[];
}

function expectValid(validate: ValidateFunction, value: unknown, what = ''): void {
  validate(value);
  expect(validate.errors ?? [], `${what} ${JSON.stringify(value)?.slice(0, 400)}`).to.deep.equal([]);
}

function services(): Services {
  return service.service.services;
}

function operationOf(id: string): Operation {
  return operations.find(({ operation }) => operation.operationId === id)?.operation as Operation;
}

function parameterOf(id: string, name: string): Parameter {
  return operationOf(id).parameters?.find((parameter) => parameter.name === name) as Parameter;
}

function isSecured({ operation }: { operation: Operation }): boolean {
  return (operation.security ?? description.security).length > 0;
}

function pathOf(id: string): string {
  return operations.find(({ operation }) => operation.operationId === id)?.path.replace('{id}', importId) as string;
}

/** A request to an operation, with a token where its description asks for one, unless `init` has another. */
function ask(id: string, init: RequestInit = {}, query = ''): Promise<Response> {
  const route = operations.find(({ operation }) => operation.operationId === id) as (typeof operations)[number];
  const request = { method: route.method, ...init };
  const target = pathOf(id) + query;
  return isSecured(route) ? service.request(target, request) : fetch(service.url + target, request);
}

const answers = new Map<Case, Promise<Response>>();

/** The one answer to a case, however many tests look at it. */
async function answerTo(one: Case): Promise<Response> {
  const answer = answers.get(one) ?? one.ask();
  answers.set(one, answer);
  return (await answer).clone();
}

async function askAgain(id: string, query = ''): Promise<Response> {
  const { headers } = await ask(id, {}, query);
  return ask(id, { headers: { 'If-None-Match': headers.get('etag') as string } }, query);
}

/** @param type null where `fetch` knows it */
function create(type: string | null, body: Body): Promise<Response> {
  return ask('createImport', { headers: type === null ? {} : { 'Content-Type': type }, body });
}

function multipart(fields: Named<string | File>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

async function askWhileBusy(id: string, requests: number): Promise<Response> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { concurrency } = services();
  const underWay = Array.from({ length: requests }, () => concurrency.run(`user:${USER}`, () => promise));
  try {
    return await ask(id);
  } finally {
    resolve();
    await Promise.all(underWay);
  }
}

function whileCatchingUp(id: string): Promise<Response> {
  const { follower } = services();
  const status = { ...follower.status(), caughtUp: false };
  return withFault(
    follower,
    'status',
    () => status,
    () => ask(id),
  );
}

function rejecting(error: Error): () => Promise<never> {
  return () => Promise.reject(error);
}

async function withFault<T extends object>(
  object: T,
  method: keyof T,
  fault: () => unknown,
  ask: () => Promise<Response>,
): Promise<Response> {
  const own = Object.getOwnPropertyDescriptor(object, method);
  Object.defineProperty(object, method, { value: fault, configurable: true });
  try {
    return await ask();
  } finally {
    if (own === undefined) Reflect.deleteProperty(object, method);
    else Object.defineProperty(object, method, own);
  }
}

/** The answer to bytes that no HTTP client would send. */
async function rawAnswer(port: number, request: string): Promise<Response> {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  const [head = '', body] = answer.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]);
  return new Response(body, { status: Number(statusLine.split(' ')[1]), headers });
}

/** The same with each reference replaced by what it leads to; what stands beside a reference replaces what is there. */
function resolved(node: Json): Json {
  if (Array.isArray(node)) return node.map(resolved);
  if (typeof node !== 'object' || node === null) return node;
  const { $ref, ...members } = node;
  const own = Object.fromEntries(Object.entries(members).map(([name, member]) => [name, resolved(member)]));
  return $ref === undefined ? own : { ...(resolved(target(String($ref))) as Named<Json>), ...own };
}

function target(reference: string): Json {
  let found: Json | undefined = written;
  for (const name of reference.split('/').slice(1)) {
    found = (found as Named<Json>)[name.replaceAll('~1', '/').replaceAll('~0', '~')];
    if (found === undefined) throw new Error(`${reference} leads nowhere`);
  }
  return found;
}

function visit(node: Json, see: (object: Named<Json>) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) see(node);
  for (const member of Object.values(node)) visit(member, see);
}
