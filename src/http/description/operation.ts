import { z } from 'zod';
import type { DeclaredAnswer, Route } from '../route.ts';
import { headersOf, headersOfKept, OF_BODIES, OF_CORS, OF_RATES, OF_SUCCESSES } from './headers.ts';
import { problemResponses } from './problem-responses.ts';

const JSON_TYPE = 'application/json';
const BYTES_TYPE = 'application/octet-stream';

const notModified = {
  id: 'NotModified',
  description: 'Nothing has changed since the answer whose `ETag` was sent in `If-None-Match`. No body.',
  headers: headersOf(OF_SUCCESSES, 'ETag', 'Link', OF_RATES, OF_CORS),
};

const keptNotModified = {
  id: 'KeptNotModified',
  description: 'You have these bytes: their `ETag` was sent in `If-None-Match`. No body.',
  headers: headersOfKept('ETag', OF_RATES, OF_CORS),
};

/** A route as an operation of OpenAPI, for `zod-openapi`. */
export function operationOf(route: Route) {
  const {
    id,
    tag,
    access,
    summary,
    description,
    query,
    inPath,
    headers = [],
    body,
    upload,
    json,
    answers,
    problems,
  } = route;
  const ofBodies = json === undefined ? [] : (['body-too-large', 'unsupported-media-type'] as const);
  const uploaded = { [BYTES_TYPE]: { schema: z.string().meta({ override: { format: 'binary' } }) } };
  const isForAllRoles = route.forWorkers || route.isOfOriginal || access === 'operator' || access === 'anyone';
  const ofRoles = isForAllRoles ? [] : (['role-not-allowed'] as const);
  const isTagged = Object.values(answers).some((answer) => answer.headers?.includes('ETag'));
  const isKept = Object.values(answers).some((answer) => answer.isKept);
  const isConditional = isTagged && route.method === 'GET';
  const conditional = isConditional ? (['If-None-Match'] as const) : [];
  const named = [...headers, ...conditional, ...(['X-Request-Id', 'Accept-Encoding'] as const)];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(access === 'anyone' && { security: [] }),
    requestParams: { ...(inPath && { path: inPath }), ...(query && { query }) },
    parameters: named.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ...(json && {
      requestBody: {
        description: 'A JSON object in UTF-8, at most 64 KiB. An unknown member is refused.',
        required: true,
        content: { [JSON_TYPE]: { schema: json } },
      },
    }),
    ...(upload !== undefined && { requestBody: { description: upload, required: true, content: uploaded } }),
    ...(body && { requestBody: { description: body.description, content: { [JSON_TYPE]: { schema: body.schema } } } }),
    responses: {
      ...problemResponses(access, [...ofBodies, ...ofRoles, ...problems]),
      ...(isConditional && { 304: isKept ? keptNotModified : notModified }),
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, responseOf(answer, access !== 'anyone')]),
      ),
    },
  };
}

function responseOf(answer: DeclaredAnswer, isOfCaller: boolean) {
  const { description, body, mediaType = JSON_TYPE, streamed, headers = [], examples, links } = answer;
  const shown = examples && Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
  const ofBody = body === null ? {} : OF_BODIES;
  const ofAll = isOfCaller ? [OF_SUCCESSES, OF_RATES, ofBody] : ['Content-Length' as const];
  return {
    description,
    headers: answer.isKept
      ? headersOfKept(...headers, OF_RATES, 'Content-Length', OF_CORS)
      : headersOf(...headers, ...ofAll, OF_CORS),
    ...(body && {
      content: {
        [mediaType]: { schema: body, ...(shown && { examples: shown }) },
        ...(streamed && { [streamed]: { schema: z.string() } }),
      },
    }),
    ...(links && { links }),
  };
}
