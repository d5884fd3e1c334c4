import { expect } from 'chai';
import type { Params } from '../../../../src/events/import-events.ts';
import { BadParameters } from '../../../../src/http/in/params/bad-parameters.ts';
import { parseParams } from '../../../../src/http/in/params/parse-params.ts';

export const FORM = 'application/x-www-form-urlencoded';

const ROUTE = ',"controller":"api/v1/imports","action":"create"}';

/** Parses as a POST does. A string body stands for its UTF-8 bytes. */
export function parse(contentType: string | undefined, body: string | Buffer | null, query = ''): Params {
  return parseParams({ contentType, body: typeof body === 'string' ? Buffer.from(body) : body, query });
}

export const form = (body: string | Buffer, query = '') => parse(FORM, body, query);
export const json = (body: string | Buffer, query = '') => parse('application/json', body, query);

/** The parameters as JSON text, so that their order counts, without the route's two if these are last. */
export function textOf(params: Params): string {
  const text = JSON.stringify(params);
  if (text === `{${ROUTE.slice(1)}`) return '{}';
  return text.endsWith(ROUTE) ? `${text.slice(0, -ROUTE.length)}}` : text;
}

/** The error that parsing throws; anything but `BadParameters` is a failure of the test. */
export function refusalOf(run: () => unknown): BadParameters {
  try {
    run();
  } catch (error) {
    if (error instanceof BadParameters) return error;
    throw error;
  }
  return expect.fail('The parameters were accepted.');
}

/** Every object in a value, itself included. */
export function* objectsIn(value: unknown): Generator<object> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value;
  for (const member of Object.values(value)) yield* objectsIn(member);
}
