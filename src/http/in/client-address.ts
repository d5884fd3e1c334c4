import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { TrustedProxies } from './trusted-proxies.ts';

/** Where a request came from, for the log. */
interface ClientAddress {
  /** The farthest known address; undefined if the connection has none. */
  readonly address: string | undefined;
  /** Set if `X-Forwarded-For` and `Forwarded` differ: a proxy wrote one of them and passed the other on. */
  readonly forwarded_for?: readonly string[];
}

/** Each hop costs a search of the trusted addresses; a caller may send hundreds. */
const MOST_HOPS = 16;

/** An address, perhaps with a port: `192.0.2.7:4711`, `[2001:db8::7]:4711`, `2001:db8::7`. */
const NODE = /^(?:\[([\da-f:.]{2,45})\]|([\d.]{7,15}))(?::[\w.-]+)?$/i;
const MAPPED = /^::ffff:([\d.]+)$/i;

/** One pair of a `Forwarded` element: `for="[2001:db8::7]:4711";`. */
const PAIR = /[ \t]*([^\s=;,"]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)[ \t]*(?:;|$)/y;

/**
 * The address of the socket, or the one that the trusted proxies report. Both headers are read from their ends, because the nearest
 * proxies write there. Anybody may have written the rest.
 * @param socketAddress as Node has it
 */
export function clientAddress(
  socketAddress: string | undefined,
  headers: IncomingHttpHeaders,
  isTrusted: TrustedProxies | null,
): ClientAddress {
  const address = socketAddress && withoutMapping(socketAddress);
  if (!address || isTrusted === null) return { address };
  const reported = new Set([
    farthest(address, forwardedForOf(headers), isTrusted),
    farthest(address, forwardedOf(headers), isTrusted),
  ]);
  reported.delete(address);
  const [first = address, ...others] = reported;
  return others.length === 0 ? { address: first } : { address, forwarded_for: [first, ...others] };
}

function farthest(from: string, hops: Iterable<string | null>, isTrusted: TrustedProxies): string {
  let address = from;
  let hop = 0;
  for (const next of hops) {
    if (next === null || hop === MOST_HOPS || !isTrusted(address, hop)) break;
    address = next;
    hop += 1;
  }
  return address;
}

/** The addresses of `X-Forwarded-For`, the last first; null for text that is no address. */
function* forwardedForOf({ 'x-forwarded-for': header = [] }: IncomingHttpHeaders): Generator<string | null> {
  const text = String(header);
  let end = text.length;
  while (end > 0) {
    const comma = text.lastIndexOf(',', end - 1);
    yield addressIn(text.slice(comma + 1, end).trim());
    end = comma;
  }
}

/** The addresses of `Forwarded` (RFC 7239), the last first; null for text that is no address. */
function* forwardedOf({ forwarded = '' }: IncomingHttpHeaders): Generator<string | null> {
  let end = forwarded.length;
  while (end > 0) {
    const comma = lastComma(forwarded, end);
    yield addressIn(forIn(forwarded.slice(comma + 1, end)));
    end = comma;
  }
}

/** The index of the last comma before `end` that is not in quotes; -1 if there is none. */
function lastComma(text: string, end: number): number {
  let isQuoted = false;
  for (let index = end - 1; index >= 0; index -= 1) {
    if (text[index] === ',' && !isQuoted) return index;
    if (text[index] !== '"') continue;
    let backslashes = 0;
    while (text[index - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) isQuoted = !isQuoted;
    index -= backslashes;
  }
  return -1;
}

/** The value of an element's `for`, without quotes; empty if it has none, or if the text before it is malformed. */
function forIn(element: string): string {
  PAIR.lastIndex = 0;
  for (let pair = PAIR.exec(element); pair !== null && pair[0] !== ''; pair = PAIR.exec(element)) {
    if (pair[1]?.toLowerCase() === 'for') return (pair[2] as string).replace(/^"|"$/g, '');
  }
  return '';
}

function addressIn(text: string): string | null {
  const [, six, four] = NODE.exec(text) ?? [];
  const address = six ?? four ?? text;
  return isIP(address) === 0 || address.includes('%') ? null : withoutMapping(address.toLowerCase());
}

/** The plain form of an IPv4 address: a socket for both kinds writes `::ffff:` before it. */
function withoutMapping(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}
