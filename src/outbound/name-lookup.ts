import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { codeOf } from '../errors/code-of.ts';
import { within } from '../time/within.ts';
import { OutboundError } from './outbound-error.ts';

const LOOKUP_MS = 5_000;
/** Tries at 0 s and, with a name server that does not answer, after 2 s. */
const DNS = { timeout: 2_000, tries: 2 };
/** That a name has no such address, in the words of c-ares and of the operating system. */
const NONE = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME', 'EAI_NODATA']);

/** The addresses of a name, at most 5 s later; none if it does not exist. */
export type NameLookup = (name: string) => Promise<readonly LookupAddress[]>;

/**
 * Asks DNS, without the operating system. The operating system looks up names on few threads for the whole process: names that are never
 * answered, which anybody can register, would hold up all others there.
 * @param resolver which is used for nothing else
 * @throws {OutboundError} `name_lookup_failed`
 */
export async function lookUpInDns(
  name: string,
  // A new one each time, since it reads the operating system's list of name servers only when it is made. That takes 30 µs.
  resolver = new Resolver(DNS),
): Promise<readonly LookupAddress[]> {
  const timer = setTimeout(() => resolver.cancel(), LOOKUP_MS);
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  clearTimeout(timer);
  const found = answers.flatMap((answer, at) =>
    answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family: at === 0 ? 4 : 6 })) : [],
  );
  if (found.length > 0) return found;
  const failure = answers.find((answer) => answer.status === 'rejected' && !NONE.has(codeOf(answer.reason) ?? ''));
  if (failure !== undefined) throw lookupFailed(name);
  return [];
}

/**
 * Asks the operating system, which also knows its file of hosts and completes short names. For names that the operator has named.
 * @throws {OutboundError} `name_lookup_failed`
 */
export async function lookUpInSystem(name: string): Promise<readonly LookupAddress[]> {
  try {
    return await within(LOOKUP_MS, lookup(name, { all: true }), () => lookupFailed(name));
  } catch (error) {
    if (NONE.has(codeOf(error) ?? '')) return [];
    throw lookupFailed(name);
  }
}

function lookupFailed(name: string): OutboundError {
  return new OutboundError('name_lookup_failed', `the name ${name} could not be looked up in DNS: try again later`);
}
