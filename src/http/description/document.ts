import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type CreateDocumentOptions, createDocument } from 'zod-openapi';
import { PUBLIC_ROUTES } from '../routes.ts';
import { REQUEST_HEADERS, RESPONSE_HEADERS } from './headers.ts';
import { operationOf } from './operation.ts';

/**
 * Makes schemas that client generators understand (docs/decisions/0027): one type a value, perhaps with null; no closed object; an
 * object that either names its members or takes any; no pattern with a format.
 */
const override: CreateDocumentOptions['override'] = ({ jsonSchema }) => {
  const { anyOf, additionalProperties, properties } = jsonSchema;
  if (anyOf?.length === 2 && anyOf[1]?.type === 'null') {
    delete jsonSchema.anyOf;
    if (anyOf[0]?.$ref !== undefined) jsonSchema.oneOf = anyOf;
    else Object.assign(jsonSchema, anyOf[0], { type: [anyOf[0]?.type, 'null'] });
  }
  if (additionalProperties === false) delete jsonSchema.additionalProperties;
  if (properties === undefined && jsonSchema.type === 'object') jsonSchema.additionalProperties = true;
  delete jsonSchema.propertyNames;
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};

function paths(): { [path: string]: { [method: string]: ReturnType<typeof operationOf> } } {
  const found: ReturnType<typeof paths> = {};
  for (const route of PUBLIC_ROUTES) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    found[path] = { ...found[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return found;
}

/** The description of the routes for callers: an OpenAPI 3.1 document as JSON. */
export const DOCUMENT = JSON.stringify(
  createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Import API',
        version: '1.0.0',
        summary: 'Requests imports of images, shows these imports, and tells subscribers of them.',
        description: readFileSync(new URL('introduction.md', import.meta.url), 'utf8').trim(),
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'Where this description was read from' }],
      tags: [
        { name: 'Imports', description: 'Imports and their events. A token names the caller and their organization.' },
        { name: 'Images', description: 'Images that have arrived, and their bytes.' },
        {
          name: 'Events',
          description: 'What happened, for other systems: as pages, or as a live stream.',
        },
        {
          name: 'Webhooks',
          description:
            'Endpoints that get each new event, signed as Standard Webhooks 1.0.0 says, and what became of the deliveries.',
        },
        {
          name: 'Work',
          description:
            'For workers outside of the service, which perform imports of their organization. They need a session token of a user whose role is worker. ' +
            'Such a token may do nothing else, but read the status of imports.',
        },
        {
          name: 'Operations',
          description:
            'For the operators of the service and their tools. Paths that begin with `/api/v1/operations` need a session token of a user whose ' +
            'role is operator. Any other valid token gets 404. The other paths need no token.',
        },
      ],
      security: [{ Token: [] }, { Bearer: [] }],
      paths: paths(),
      components: {
        headers: RESPONSE_HEADERS,
        parameters: REQUEST_HEADERS,
        securitySchemes: {
          Token: {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description: readFileSync(new URL('tokens.md', import.meta.url), 'utf8').trim(),
          },
          Bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: '`Authorization: Bearer <JSON Web Token>`. The same tokens.',
          },
        },
      },
    },
    { override },
  ),
);

export const ZIPPED_DOCUMENT = gzipSync(DOCUMENT);
