import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'chai';
import { DOCUMENT } from '../../src/http/description/document.ts';

/** The service's description, `openapi.json`, and checks of values against it. */

// The terms of OpenAPI that are used.
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Schema = { [name: string]: Json };
export type Named<T> = { [name: string]: T };
export interface Header {
  description: string;
  required?: boolean;
  schema: Schema;
}
interface Media {
  schema: Schema;
  example?: Json;
  examples?: Named<{ value: Json }>;
}
export interface Parameter extends Header {
  name: string;
  in: string;
}
export interface Operation {
  operationId: string;
  tags: string[];
  security?: Named<string[]>[];
  parameters?: Parameter[];
  requestBody?: { description: string; content: Named<Media> };
  responses: Named<{
    description: string;
    headers: Named<Header>;
    content?: Named<Media>;
    links?: Named<{ operationId: string }>;
  }>;
}
interface Description {
  info: { description: string };
  tags: { name: string }[];
  security: Named<string[]>[];
  paths: Named<Named<Operation>>;
  components: Named<Named<Json>> & { schemas: Named<Schema> };
}

export const PROBLEM = 'application/problem+json';

/** With its references. */
export const written = JSON.parse(DOCUMENT) as Json;
/** Without: each is followed. */
export const description = resolved(written) as unknown as Description;
export const operations = Object.entries(description.paths).flatMap(([path, byMethod]) =>
  Object.entries(byMethod).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
export const ajv = new Ajv2020({ strict: true, allErrors: true });
formats.default(ajv);

export function operationOf(id: string): Operation {
  return operations.find(({ operation }) => operation.operationId === id)?.operation as Operation;
}

export function parameterOf(id: string, name: string): Parameter {
  return operationOf(id).parameters?.find((parameter) => parameter.name === name) as Parameter;
}

export function isSecured({ operation }: { operation: Operation }): boolean {
  return (operation.security ?? description.security).length > 0;
}

export function examplesOf(media: Media | undefined): Named<Json>[] {
  const examples = media?.examples === undefined ? [] : Object.values(media.examples).map(({ value }) => value);
  return (media?.example === undefined ? examples : [media.example]) as Named<Json>[];
}

/** Of a schema. */
export function exampleOf(name: string): Named<Json> {
  const { examples } = description.components.schemas[name] as { examples: [Named<Json>] };
  return examples[0];
}

/** The same, but a member that the schema does not name is a fault: clients must expect further members, tests must not. */
export function closed(schema: Json): Schema {
  if (Array.isArray(schema)) return schema.map(closed) as unknown as Schema;
  if (typeof schema !== 'object' || schema === null) return schema as unknown as Schema;
  const members = Object.fromEntries(Object.entries(schema).map(([name, member]) => [name, closed(member)]));
  return 'properties' in schema ? { additionalProperties: false, ...members } : members;
}

export function expectValid(validate: ValidateFunction, value: unknown, what = ''): void {
  validate(value);
  expect(validate.errors ?? [], `${what} ${JSON.stringify(value)?.slice(0, 400)}`).to.deep.equal([]);
}

/** The same with each reference replaced by its target. Members next to a reference replace those of the target. */
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

export function visit(node: Json, see: (object: Named<Json>) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) see(node);
  for (const member of Object.values(node)) visit(member, see);
}
