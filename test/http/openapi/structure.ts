/** The parts of OpenAPI 3.1 that are used, after its references are followed. Anything else is a mistake. */
export const STRUCTURE = (() => {
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
        patternProperties: {
          '^/': object([], {
            ...{ get: ref('operation'), post: ref('operation') },
            ...{ patch: ref('operation'), delete: ref('operation') },
          }),
        },
      },
      components: object([], {
        securitySchemes: named(
          object(['type', 'description'], {
            ...{ type: { enum: ['apiKey', 'http'] }, description: text, name: text, in: { const: 'header' } },
            ...{ scheme: { const: 'bearer' }, bearerFormat: text },
          }),
        ),
        ...{
          parameters: named(ref('parameter')),
          responses: named(ref('response')),
          headers: named(ref('header')),
          schemas: named(ref('schema')),
        },
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
      requestBody: object(['description', 'content'], {
        ...{ description: text, required: { type: 'boolean' }, content: named(ref('media')) },
      }),
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
