import { isAscii } from 'node:buffer';
import type { Params } from '../../../events/import-events.ts';
import { NestedParams } from './nested-params.ts';
import type { ParameterBudget } from './parameter-budget.ts';
import { decodeComponent } from './percent-decoding.ts';
import { notUtf8 } from './utf8.ts';

const NOT_ASCII = /[\u0080-\uffff]/;
const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const SPACE = 0x20;

/** The parameters of an `application/x-www-form-urlencoded` body: separated by `&` only. One NUL at the end is dropped. */
export function parseForm(body: Buffer, budget: ParameterBudget): Params {
  const end = body.at(-1) === 0 ? body.length - 1 : body.length;
  return parsePairs(body.toString('latin1', 0, end), isAscii(body), false, budget);
}

/**
 * The parameters of a query string, separated by `&` or `;`; each byte is one character, as in Node's `req.url`.
 * Node's parser refuses bytes over 127. They are decoded here all the same: if taken for ASCII, they would be recorded as another text.
 */
export function parseQueryString(query: string, budget: ParameterBudget): Params {
  return parsePairs(query, !NOT_ASCII.test(query), true, budget);
}

function parsePairs(text: string, ascii: boolean, semicolonSeparates: boolean, budget: ParameterBudget): Params {
  const params = new NestedParams(budget);
  for (let start = 0; start < text.length; ) {
    const end = endOfPair(text, start, semicolonSeparates);
    // An empty pair counts too, as in Rack, so that a flood of separators stops as early as one of parameters.
    budget.takeOne();
    if (end > start) addPair(params, text.slice(start, end), ascii);
    start = end + 1;
    while (text.charCodeAt(start) === SPACE) start++;
  }
  return params.finish();
}

function endOfPair(text: string, start: number, semicolonSeparates: boolean): number {
  if (!semicolonSeparates) {
    const end = text.indexOf('&', start);
    return end === -1 ? text.length : end;
  }
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === AMPERSAND || code === SEMICOLON) return i;
  }
  return text.length;
}

function addPair(params: NestedParams, pair: string, ascii: boolean): void {
  const equals = pair.indexOf('=');
  const rawName = equals === -1 ? pair : pair.slice(0, equals);
  const name = decodeComponent(rawName, ascii, rawName);
  const value = equals === -1 ? null : decodeComponent(pair.slice(equals + 1), ascii, rawName);
  if (typeof name !== 'string') throw notUtf8(rawName);
  params.add(name, value);
}
