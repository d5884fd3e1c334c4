import { FILTERED, type Params } from '../../events/import-events.ts';
import { isNumberAsSent, isObject } from '../../events/json.ts';
import { ImportFailure } from '../import-failure.ts';

/** Names in lower case. */
export type Headers = { readonly [name: string]: string };

const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** HTTP sends no more than Latin-1, and no line ends. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * What no caller sets: it says how the connection is used and how the body is framed, packed or cut (RFC 9110); `proxy-…` is between the
 * service and its own proxy, and `if-…` asks for no image.
 */
const OURS =
  /^(?:host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|http2-settings|content-(?:length|encoding|range)|expect|accept-encoding|range|if-.*)$/;

/**
 * The headers that a caller wants to be sent, from `headers[NAME]`. Of two names that differ in case only, the later one counts.
 * @param params with the credentials that were taken out
 * @throws {ImportFailure} `source_missing`: they cannot be sent; `credentials_gone`
 */
export function callerHeaders({ headers }: Params): Headers {
  if (headers === undefined || headers === null || headers === '') return {};
  if (!isObject(headers)) throw cannotBeSent('headers', 'send it as headers[NAME]=VALUE');
  const sent: { [name: string]: string } = {};
  for (const [name, given] of Object.entries(headers)) {
    const place = `headers[${name.length > 100 ? `${name.slice(0, 100)}…` : name}]`;
    const lowerCase = name.toLowerCase();
    if (given === null || OURS.test(lowerCase)) continue;
    if (!NAME.test(name)) throw cannotBeSent(place, 'this is no name of a header');
    const value = textOf(given)?.trim();
    if (value === undefined) throw cannotBeSent(place, 'it must be one text');
    if (!VALUE.test(value)) throw cannotBeSent(place, 'it has line ends, control characters or letters beyond Latin-1');
    if (value.includes(FILTERED)) throw credentialsGone(place);
    sent[lowerCase] = value;
  }
  return sent;
}

/** A credential was taken out of the parameter, and is not kept. */
export function credentialsGone(place: string): ImportFailure {
  return new ImportFailure(
    'credentials_gone',
    `The credential in the parameter ${place} is not kept any more: ask for the import anew.`,
  );
}

function textOf(value: unknown): string | undefined {
  if (isNumberAsSent(value)) return value.rawJSON;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

function cannotBeSent(place: string, why: string): ImportFailure {
  return new ImportFailure(
    'source_missing',
    `The parameter ${JSON.stringify(place)} cannot be sent as a header: ${why}.`,
  );
}
