import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { formatOf } from '../../../../src/http/in/bodies.ts';
import { objectsIn, parse, refusalOf } from './parse.ts';

interface Case {
  readonly content_type: string;
  readonly query: string | null;
  readonly body_base64: string;
  readonly status: number;
  readonly params?: unknown;
}

const cases: Case[] = JSON.parse(readFileSync(new URL('../../../vectors/params.json', import.meta.url), 'utf8'));

/** Cases that Rails 6.1 itself made. Bodies of the types that Rails ignores are refused here: behaviour.md, Parameters. */
describe('parsing parameters as Rails does', () => {
  for (const [index, { content_type, query, body_base64, status, params }] of cases.entries()) {
    const body = Buffer.from(body_base64, 'base64');
    const run = () => parse(content_type, body, query ?? '');
    if (formatOf(content_type) === null && body.length > 0) {
      it(`refuses what Rails ignores in case ${index}, of ${content_type}`, () => {
        expect(refusalOf(run)).to.include({ status: 415, code: 'type_not_read' });
      });
    } else if (status === 200) {
      it(`gives Rails's parameters in Rails's order in case ${index}: ${body}${query === null ? '' : ` ?${query}`}`, () => {
        const parsed = run();
        expect(JSON.stringify(parsed)).to.equal(JSON.stringify(params));
        for (const object of objectsIn(parsed)) expect(Object.getPrototypeOf(object)).to.equal(null);
      });
    } else {
      it(`refuses what Rails refuses in case ${index}: ${body}${query === null ? '' : ` ?${query}`}`, () => {
        expect(refusalOf(run).status).to.equal(status);
      });
    }
  }
});
