import { expect } from 'chai';
import { description, type Json, type Named, operations, type Schema, written } from '../../support/described.ts';

/**
 * Programs make clients from the description, each with limits of its own. What was found to keep one of them from it (openapi-generator
 * 7.14 for Go, Java, Python and TypeScript, openapi-python-client 0.29, NSwag 14, swagger-typescript-api 13) is told by a rule here.
 */
describe('openapi.json is understood by programs that make clients', () => {
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

  it('has schemas to look at', () => {
    expect(answered.length).to.be.greaterThan(500);
    expect(schemas.length).to.be.greaterThan(answered.length);
  });

  it('describes one media type of a body: of several, some take the first, and some send all', () => {
    expect(asked.map(({ content }) => Object.keys(content))).to.deep.equal([['application/json']]);
    for (const { where, content } of bodies) expect(Object.keys(content).length, where).to.be.at.most(1);
  });

  it('has each body in its operation, and none by reference: some then send it without its type', () => {
    const bodiesWritten = Object.values((written as Named<Named<Named<Named<Json>>>>).paths as object).flatMap(
      (byMethod) => Object.values(byMethod as Named<Named<Json>>).flatMap(({ requestBody }) => requestBody ?? []),
    );
    expect(bodiesWritten).to.have.length(asked.length);
    for (const body of bodiesWritten) expect(body).to.have.property('content');
  });

  it('has a type for every value: a value of any type is null for some, and not for others', () => {
    expect(faults(({ type, oneOf }) => type === undefined && oneOf === undefined)).to.deep.equal([]);
  });

  it('has one type a value, and null beside it where that may be: unions are read by few', () => {
    expect(
      faults(({ type }) => Array.isArray(type) && !(type.length === 2 && type[1] === 'null' && type[0] !== 'null')),
    ).to.deep.equal([]);
    expect(faults((schema) => 'anyOf' in schema || 'allOf' in schema || 'nullable' in schema)).to.deep.equal([]);
  });

  it('has a schema of its own for an object that may be null, which is not required: inline, null is forgotten', () => {
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

  it('has objects that name their members or take any, and none that does both: what is sent by those is lost', () => {
    expect(
      faults(
        ({ type, properties, additionalProperties }) =>
          [type].flat().includes('object') &&
          (properties === undefined ? additionalProperties !== true : additionalProperties !== undefined),
      ),
    ).to.deep.equal([]);
  });

  it('closes no list of values in answers: a client would refuse an answer with a new one', () => {
    expect(faults((schema) => 'enum' in schema, answered)).to.deep.equal([]);
  });

  it('has no pattern beside a format: the pattern is tried on what the format was made of', () => {
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
