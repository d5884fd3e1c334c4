import { expect } from 'chai';
import type { z } from 'zod';
import { CODINGS } from '../../../src/http/in/bodies.ts';
import { eventFilters } from '../../../src/http/in/event-filters.ts';
import { idempotencyKeyOf } from '../../../src/http/in/idempotency-key.ts';
import { importFilters } from '../../../src/http/in/import-filters.ts';
import { parametersAs } from '../../../src/http/in/known-parameters.ts';
import {
  description,
  exampleOf,
  isSecured,
  type Json,
  type Named,
  type Operation,
  operationOf,
  operations,
  parameterOf,
  type Schema,
} from '../../support/described.ts';
import { DOCUMENT_BODY, FORM } from '../../support/service.ts';
import { type Body, DescribedService, multipart } from './described-service.ts';

describe('openapi.json, compared with what requests may have,', () => {
  const service = new DescribedService();

  for (const [id, filters] of [
    ['listImports', importFilters],
    ['listEvents', eventFilters],
  ] as const) {
    it(`has the limits of a page of ${id}`, () => {
      const { schema } = parameterOf(id, 'limit');
      const limit = (text?: Json) =>
        parametersAs(filters as z.ZodObject, text === undefined ? {} : { limit: String(text) }).limit;
      expect(limit()).to.equal(schema.default);
      expect(limit(schema.minimum)).to.equal(schema.minimum);
      expect(limit(schema.maximum)).to.equal(schema.maximum);
      expect(() => limit(Number(schema.minimum) - 1)).to.throw();
      expect(() => limit(Number(schema.maximum) + 1)).to.throw();
    });
  }

  it('has the limits of an idempotency key', () => {
    const { minLength, maxLength } = parameterOf('createImport', 'Idempotency-Key').schema;
    const key = (length: Json | undefined, more = 0) => idempotencyKeyOf('k'.repeat(Number(length) + more));
    expect(key(minLength)).to.have.lengthOf(Number(minLength));
    expect(key(maxLength)).to.have.lengthOf(Number(maxLength));
    expect(() => key(minLength, -1)).to.throw();
    expect(() => key(maxLength, 1)).to.throw();
  });

  it('requires a token exactly for the operations that need one', async () => {
    for (const route of operations) {
      const { status } = await service.ask(route.operation.operationId, { headers: { Authorization: '' } });
      expect(status === 401, route.path).to.equal(isSecured(route));
    }
  });

  it('names only schemes of tokens that the service accepts', async () => {
    for (const scheme of description.security.flatMap(Object.keys)) {
      const { status } = await service.ask('listImports', {
        headers: { Authorization: `${scheme} ${service.token()}` },
      });
      expect(status, scheme).to.equal(200);
    }
  });

  it('describes only JSON as the body, and names only media types that the service reads', async () => {
    const { content, description: text } = operationOf('createImport').requestBody as NonNullable<
      Operation['requestBody']
    >;
    expect(Object.keys(content)).to.deep.equal(['application/json']);
    const example = exampleOf('ImportParameters');
    const fields = new URLSearchParams(DOCUMENT_BODY);
    const bodies: Named<Body> = {
      [FORM]: DOCUMENT_BODY,
      'application/json': JSON.stringify(example),
      'multipart/form-data': multipart(Object.fromEntries(fields)),
    };
    for (const [type, body] of Object.entries(bodies)) {
      if (!(type in content)) expect(text).to.include(type);
      const answer = await service.create(type === 'multipart/form-data' ? null : type, body);
      const { params } = (await answer.json()) as { params: Json };
      expect(params, type).to.deep.equal({ ...example, controller: 'api/v1/imports', action: 'create' });
    }
  });

  it('says what a boolean becomes in a column', async () => {
    const answer = await service.create('application/json', '{"album_id":true,"import_type":false}');
    const { album_id, import_type } = (await answer.json()) as Named<Json>;
    const { description: text } = description.components.schemas.ImportParameters as Schema;
    expect(text).to.include(`\`true\` becomes \`${album_id}\`, \`false\` becomes \`${import_type}\``);
  });

  it('names the content codings that the service reads', () => {
    const names = [...CODINGS.keys()].filter((name) => name !== 'x-gzip');
    expect(parameterOf('createImport', 'Content-Encoding').schema.enum).to.have.members([...names, 'identity']);
  });
});
