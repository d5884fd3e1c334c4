import { expect } from 'chai';
import { PROBLEMS } from '../../../src/http/out/problem.ts';
import {
  ajv,
  closed,
  description,
  exampleOf,
  examplesOf,
  expectValid,
  type Header,
  type Json,
  type Named,
  type Operation,
  operationOf,
  operations,
  PROBLEM,
  type Schema,
} from '../../support/described.ts';
import { DOCUMENT_BODY, FORM, ORGANIZATION } from '../../support/service.ts';
import type { Case } from './case.ts';
import { cases } from './cases.ts';
import { DescribedService } from './described-service.ts';

/** The headers of the connection or of any HTTP answer. `Content-Type` is described by the content. */
const NOT_DESCRIBED = ['connection', 'content-type', 'date', 'keep-alive', 'transfer-encoding'];

describe('openapi.json, compared with the answers,', () => {
  const service = new DescribedService();

  const answers = new Map<Case, Promise<Response>>();
  /** The answer to a case, made once for all tests. */
  const answerTo = async (one: Case) => {
    const answer = answers.get(one) ?? one.ask(service);
    answers.set(one, answer);
    return (await answer).clone();
  };

  for (const one of cases) {
    const { id, status, when, problem, has = [] } = one;
    it(`describes the ${status} of ${id} when ${when}`, async () => {
      const response = await answerTo(one);
      expect(response.status).to.equal(status);
      const body = await expectDescribed(operationOf(id), response);
      for (const header of has) expect(response.headers.has(header), header).to.equal(true);
      if (problem !== undefined) expectProblem(operationOf(id), response, body as Named<Json>, problem);
    });
  }

  for (const { method, operation } of operations.filter(({ method }) => method === 'GET')) {
    it(`describes the headers of ${operation.operationId} for HEAD by those for ${method}`, async () => {
      const response = await service.ask(operation.operationId, { method: 'HEAD' });
      expect(response.status).to.equal(200);
      expectHeadersDescribed(operation, response);
    });
  }

  it('has no answer without a case in this test', () => {
    const described = operations.flatMap(({ operation: { operationId: id, responses } }) =>
      Object.keys(responses).map((status) => `${id} ${status}`),
    );
    expect([...new Set(cases.map(({ id, status }) => `${id} ${status}`))]).to.have.members(described);
  });

  it('has no problem type without a case in this test', () => {
    const provoked = new Set(cases.flatMap(({ problem }) => problem ?? []));
    expect([...provoked]).to.have.members(Object.keys(PROBLEMS));
  });

  it('names each problem type that the service has, and shows each under its status', () => {
    const { type } = (
      description.components.schemas.Problem as unknown as { properties: { type: { examples: string[] } } }
    ).properties;
    expect(type.examples).to.deep.equal(Object.keys(PROBLEMS).map(typeOf));
    const shown = operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap(({ content }) => examplesOf(content?.[PROBLEM])),
    );
    for (const [code, [status, title]] of Object.entries(PROBLEMS)) {
      expect(
        shown.some((example) => example.type === typeOf(code) && example.status === status && example.title === title),
        code,
      ).to.equal(true);
    }
  });

  it('shows each type of a status with several problems', () => {
    const responses = operations.flatMap(({ operation }) => Object.values(operation.responses));
    const several = responses.map(({ content, description: text }) => ({
      text,
      codes: new Set(examplesOf(content?.[PROBLEM]).map(({ type }) => String(type).slice(typeOf('').length))),
    }));
    expect(several.some(({ codes }) => codes.size > 1)).to.equal(true);
    for (const { text, codes } of several) {
      if (codes.size > 1) for (const code of codes) expect(text).to.include(`\`${code}\``);
    }
  });

  it('requires every header except those that depend on the answer', () => {
    const optional = Object.entries(description.components.headers as unknown as Named<Header>)
      .filter(([, { required = false }]) => !required)
      .map(([name]) => name);
    expect(optional).to.have.members([
      ...[
        'Link',
        'Content-Encoding',
        'X-Redacted',
        'Idempotent-Replayed',
        'Preference-Applied',
        'RateLimit',
        'RateLimit-Policy',
      ],
      ...['Access-Control-Allow-Origin', 'Access-Control-Expose-Headers'],
    ]);
  });

  it('shows problems as the service answers them', async () => {
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

  it('shows an import as the service answers it: the document’s 509 bytes, with the keys in their order', async () => {
    const example = exampleOf('Import');
    expect(JSON.stringify(example)).to.have.lengthOf(509);
    const answered = (await (await service.create(FORM, DOCUMENT_BODY)).json()) as Named<Json>;
    const { id, created_at, updated_at } = answered;
    expect(JSON.stringify(answered)).to.equal(
      JSON.stringify({ ...example, organization_id: ORGANIZATION, id, created_at, updated_at }),
    );
    expect(Object.keys(answered)).to.deep.equal(description.components.schemas.Import?.required);
  });
});

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
  // Nobody here asks for a stream, which comes instead of the same as a page.
  const described = Object.keys(content).filter((one) => one !== 'text/event-stream');
  // Clients know no `image/*`.
  expect(described).to.deep.equal([mediaType.startsWith('image/') ? 'application/octet-stream' : mediaType]);
  const body = mediaType.endsWith('json') ? (JSON.parse(text) as Json) : text;
  expectValid(ajv.compile(closed(content[described[0] as string]?.schema as Schema)), body);
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

/** The members that all problems of a type share. */
function alike({ type, title, status, detail }: Named<Json>): Json {
  return { type, title, status, detail } as Json;
}

function typeOf(problem: string): string {
  return `urn:import-api:problem:${problem}`;
}
