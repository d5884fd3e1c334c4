import type { DeclaredAnswer, Route } from '../route.ts';
import { headersOf, OF_BODIES, OF_CORS, OF_RATES, OF_SUCCESSES } from './headers.ts';
import { problemResponses } from './problem-responses.ts';

const JSON_TYPE = 'application/json';

const notModified = {
  id: 'NotModified',
  description: 'Nothing has changed since the answer whose `ETag` was sent in `If-None-Match`. No body.',
  headers: headersOf(OF_SUCCESSES, 'ETag', 'Link', OF_RATES, OF_CORS),
};

/** A route as an operation of OpenAPI, for `zod-openapi`. */
export function operationOf(route: Route) {
  const { id, tag, access, summary, description, query, inPath, headers = [], body, answers, problems } = route;
  const isConditional = Object.values(answers).some((answer) => answer.headers?.includes('ETag'));
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
    ...(body && { requestBody: { description: body.description, content: { [JSON_TYPE]: { schema: body.schema } } } }),
    responses: {
      ...problemResponses(access, problems),
      ...(isConditional && { 304: notModified }),
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, responseOf(answer, access !== 'anyone')]),
      ),
    },
  };
}

function responseOf(answer: DeclaredAnswer, isOfCaller: boolean) {
  const { description, body, mediaType = JSON_TYPE, headers = [], examples, links } = answer;
  const shown = examples && Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
  const ofAll = isOfCaller ? [OF_SUCCESSES, OF_RATES, OF_BODIES] : ['Content-Length' as const];
  return {
    description,
    headers: headersOf(...headers, ...ofAll, OF_CORS),
    content: { [mediaType]: { schema: body, ...(shown && { examples: shown }) } },
    ...(links && { links }),
  };
}
