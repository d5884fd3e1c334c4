import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { describeOnEachStores } from '../support/for-each-stores.ts';
import { rawRequest } from '../support/raw-http.ts';
import { startTestService, type TestService } from '../support/service.ts';

interface ParamsCase {
  readonly content_type: string;
  readonly query: string | null;
  readonly body_base64: string;
  readonly status: number;
  readonly params?: unknown;
}

const cases = JSON.parse(readFileSync(new URL('../vectors/params.json', import.meta.url), 'utf8')) as ParamsCase[];

/** The cases that Rails itself made, through a real socket. */
describeOnEachStores('the vectors of parameters, over the wire', (stores) => {
  let service: TestService;

  before(async () => {
    service = await startTestService(stores.env());
  });

  after(() => service.stop());

  for (const [index, { content_type, query, body_base64, status, params }] of cases.entries()) {
    it(`case ${index}: ${content_type} gives ${status}`, async () => {
      const body = Buffer.from(body_base64, 'base64');
      const answer = await rawRequest(service.url, [
        `POST /api/v1/imports${query === null ? '' : `?${query}`} HTTP/1.1\r\nHost: x\r\n` +
          `Authorization: ${service.authorization()}\r\nContent-Type: ${content_type}\r\nContent-Length: ${body.length}\r\n\r\n`,
        body,
      ]);
      expect(answer.status).to.equal(status);
      if (status !== 200) return;
      const answered = JSON.parse(answer.body.toString()) as { params: unknown };
      // The text of both, so that key order counts (integer-like keys come first in both).
      expect(JSON.stringify(answered.params)).to.equal(JSON.stringify(params));
    });
  }
});
