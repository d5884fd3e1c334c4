import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'chai';
import { DOCUMENT } from '../../../src/http/description/document.ts';
import {
  ajv,
  description,
  examplesOf,
  expectValid,
  type Json,
  type Named,
  operations,
  PROBLEM,
  type Schema,
  visit,
  written,
} from '../../support/described.ts';
import { DescribedService } from './described-service.ts';
import { STRUCTURE } from './structure.ts';

describe('openapi.json', () => {
  const service = new DescribedService();

  it('is served', async () => {
    expect(await (await service.ask('openapi')).text()).to.equal(DOCUMENT);
  });

  it('has the structure of OpenAPI 3.1', () => {
    expectValid(formats.default(new Ajv2020({ strictTypes: false })).compile(STRUCTURE), description);
  });

  it('uses every component', () => {
    const used = new Set(description.security.flatMap(Object.keys).map((name) => `securitySchemes/${name}`));
    visit(written, ({ $ref }) => used.add(String($ref).replace('#/components/', '')));
    const names = Object.entries(description.components).flatMap(([kind, components]) =>
      Object.keys(components).map((name) => `${kind}/${name}`),
    );
    expect(names.filter((name) => !used.has(name))).to.deep.equal([]);
  });

  it('names each operation once, and refers only to operations that exist', () => {
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
      const named = Array.isArray(node.examples) ? node.examples : Object.values((node.examples ?? {}) as Named<Json>);
      const values = named.map((example) => (Array.isArray(node.examples) ? example : (example as Named<Json>).value));
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
