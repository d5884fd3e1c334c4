import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { firstContentType, formatOf } from '../../src/http/in/bodies.ts';
import { IMPORTS, testService } from '../support/service.ts';

/** A request to Rails 6.1 and its result. */
interface Case {
  /** If it is missing, the path is the document's. */
  readonly path?: string;
  readonly content_type: string | null;
  readonly query: string | null;
  readonly body_base64: string;
  readonly status: number;
  readonly params?: unknown;
}

const cases = ['params', 'wire'].flatMap(
  (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as Case[],
);

/** The cases in which we are stricter than Rails on purpose, since Rails records an empty import: docs/api.md, Bodies. */
function statusOf(contentType: string | null, body: Buffer): 200 | 400 | 415 {
  if (body.length > 0 && formatOf(firstContentType(contentType ?? '')) === null) return 415;
  // Rails reads a form without a Content-Type twice, and ignores a bad escape the first time.
  return contentType === null && /%(?![\da-f]{2})/i.test(body.toString('latin1')) ? 400 : 200;
}

describe('a request that Rails was given', () => {
  const service = testService();

  for (const [index, { path = IMPORTS, content_type, query, body_base64, ...answered }] of cases.entries()) {
    const body = Buffer.from(body_base64, 'base64');
    const status = answered.status === 200 ? statusOf(content_type, body) : answered.status;
    const same = status === 200 ? ' and the same params in the same order' : '';
    it(`has the answer ${status}${same} in case ${index}: ${content_type} at ${path}`, async () => {
      const lines = content_type === null ? [] : [`Content-Type: ${content_type}`];
      const answer = await service.send(`POST ${path}${query === null ? '' : `?${query}`}`, lines, body);
      expect(answer.status).to.equal(status);
      if (status !== 200) return;
      const { params } = JSON.parse(answer.body.toString()) as { params: unknown };
      // The text of both, so that key order counts (integer-like keys come first in both).
      expect(JSON.stringify(params)).to.equal(JSON.stringify(answered.params));
    });
  }
});
