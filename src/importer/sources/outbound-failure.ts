import type { ImportReason } from '../../events/import-events.ts';
import type { OutboundError, OutboundErrorCode } from '../../outbound/outbound-error.ts';
import { ImportFailure } from '../import-failure.ts';

/** Of a name it is not told whether it does not exist or is only of a private network: both are `blocked_address`. */
const REASON_OF: { readonly [C in OutboundErrorCode]: ImportReason } = {
  not_a_url: 'source_missing',
  user_info_in_url: 'source_missing',
  fragment_in_url: 'source_missing',
  scheme_not_allowed: 'blocked_address',
  port_not_allowed: 'blocked_address',
  refused_address: 'blocked_address',
  no_allowed_address: 'blocked_address',
  name_lookup_failed: 'source_unavailable',
  timeout: 'source_unavailable',
  connection_failed: 'source_unavailable',
  tls_failed: 'source_unavailable',
  bad_answer: 'source_unavailable',
  aborted: 'source_unavailable',
};

/** A message may name a host, and the name of a host may be long. */
const LONGEST = 500;

const WAS_TRIED: ReadonlySet<OutboundErrorCode> = new Set([
  'timeout',
  'connection_failed',
  'tls_failed',
  'bad_answer',
  'aborted',
]);

/** Whether the request came so far that a server may know of it. */
export function wasTried({ code }: OutboundError): boolean {
  return WAS_TRIED.has(code);
}

/** What an attempt ends with whose request got no answer. */
export function importFailureOf(error: OutboundError): ImportFailure {
  const why = error.message.length > LONGEST ? `${error.message.slice(0, LONGEST)}…` : error.message;
  return new ImportFailure(REASON_OF[error.code], `It could not be fetched: ${why}.`, { cause: error });
}
