import { expect } from 'chai';
import { description, type Json, type Named, operations, type Schema, written } from '../../support/described.ts';

/**
 * Client generators have limits. Each test here is a rule for a limit that was found (openapi-generator 7.14 for Go, Java, Python and
 * TypeScript, openapi-python-client 0.29, NSwag 14, swagger-typescript-api 13).
 */
const BATCH = 'application/cloudevents-batch+json';

describe('openapi.json, for client generators,', () => {
  const bodies = operations.flatMap(({ operation: { operationId: id, responses } }) =>
    Object.entries(responses).map(([status, { content = {} }]) => ({ where: `${id} ${status}`, content })),
  );
  const asked = operations.flatMap(({ operation: { operationId: id, requestBody } }) =>
    requestBody === undefined ? [] : [{ where: id, content: requestBody.content }],
  );
  const schemasOf = (from: typeof bodies) =>
    from.flatMap(({ where, content }) => Object.values(content).flatMap(({ schema }) => [...within(schema, where)]));
  const answered = schemasOf(bodies);
  const schemas = [...answered, ...schemasOf(asked)];
  const faults = (isFaulty: (schema: Schema) => boolean, among = schemas) =>
    among.filter(({ schema }) => isFaulty(schema)).map(({ where }) => where);

  it('has schemas', () => {
    expect(answered.length).to.be.greaterThan(500);
    expect(schemas.length).to.be.greaterThan(answered.length);
  });

  it('describes one media type of a body, since of several, some take the first and some send all', () => {
    for (const { where, content } of asked) {
      const type = where === 'completeClaim' ? 'application/octet-stream' : 'application/json';
      expect(Object.keys(content), where).to.deep.equal([type]);
    }
    for (const { where, content } of bodies) {
      const types = Object.keys(content);
      // Who sends all gets the first one of equals.
      if (where === 'readFeed 200') expect(types).to.deep.equal([BATCH, 'text/event-stream']);
      else expect(types.length, where).to.be.at.most(1);
    }
  });

  it('has each body in its operation, not by reference, since some then send it without its type', () => {
    const bodiesWritten = Object.values((written as Named<Named<Named<Named<Json>>>>).paths as object).flatMap(
      (byMethod) => Object.values(byMethod as Named<Named<Json>>).flatMap(({ requestBody }) => requestBody ?? []),
    );
    expect(bodiesWritten).to.have.length(asked.length);
    for (const body of bodiesWritten) expect(body).to.have.property('content');
  });

  it('has a type for every value, since not all agree whether a value without a type may be null', () => {
    expect(faults(({ type, oneOf }) => type === undefined && oneOf === undefined)).to.deep.equal([]);
  });

  it('has one type for a value, perhaps with null, since few read unions', () => {
    expect(
      faults(({ type }) => Array.isArray(type) && !(type.length === 2 && type[1] === 'null' && type[0] !== 'null')),
    ).to.deep.equal([]);
    expect(faults((schema) => 'anyOf' in schema || 'allOf' in schema || 'nullable' in schema)).to.deep.equal([]);
  });

  it('has a separate schema for an object that may be null, and does not require it, since null is lost inline', () => {
    for (const { schema, where } of schemas) {
      const { type, properties = {}, required = [], oneOf } = schema;
      expect(Array.isArray(type) && 'properties' in schema, where).to.equal(false);
      if (oneOf !== undefined) {
        const [object, nothing, ...others] = oneOf as Schema[];
        expect(Object.values(description.components.schemas), where).to.deep.include(object);
        expect([nothing, ...others], where).to.deep.equal([{ type: 'null' }]);
      }
      for (const [name, member] of Object.entries(properties as Named<Schema>)) {
        if ('oneOf' in member) expect(required, `${where} ${name}`).to.not.include(name);
      }
    }
  });

  it('has objects that either name their members or take any, since values for objects that do both are lost', () => {
    expect(
      faults(
        ({ type, properties, additionalProperties }) =>
          [type].flat().includes('object') &&
          (properties === undefined ? additionalProperties !== true : additionalProperties !== undefined),
      ),
    ).to.deep.equal([]);
  });

  it('has no closed list of values in answers, since a client would refuse a new value', () => {
    expect(faults((schema) => 'enum' in schema, answered)).to.deep.equal([]);
  });

  it('has no pattern with a format, since the pattern is tried on the parsed value', () => {
    expect(faults((schema) => 'format' in schema && 'pattern' in schema)).to.deep.equal([]);
    for (const { operation } of operations) {
      for (const { name, schema } of operation.parameters ?? []) {
        expect('format' in schema && 'pattern' in schema, name).to.equal(false);
        expect(schema.type, name).to.be.a('string');
      }
    }
  });
});

/** A schema and all within it, each with its place. */
function* within(schema: Schema, where: string): Generator<{ where: string; schema: Schema }> {
  yield { where, schema };
  const parts: [string, Json | undefined][] = [
    ...Object.entries((schema.properties ?? {}) as Named<Json>),
    ['[]', schema.items],
    ['{}', typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined],
    ...((schema.oneOf ?? []) as Json[]).map((part, index): [string, Json] => [`oneOf ${index}`, part]),
  ];
  for (const [name, part] of parts) if (part !== undefined) yield* within(part as Schema, `${where} ${name}`);
}
