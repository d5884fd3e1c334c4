import { errors } from 'undici';
import { codeOf } from '../errors/code-of.ts';
import { OutboundError } from './outbound-error.ts';

/** What Node, OpenSSL and undici say, in words for people. Their own messages name addresses. */
const CONNECTION: { readonly [code: string]: string } = {
  ECONNREFUSED: 'the connection was refused: nothing listens there',
  ECONNRESET: 'the connection was reset before an answer came',
  EPIPE: 'the connection was closed before the request was sent',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  UND_ERR_SOCKET: 'the connection was closed before an answer came',
  UND_ERR_PRX_CONN: 'the proxy closed the connection',
  UND_ERR_PRX_TLS: 'TLS with the proxy failed',
  UND_ERR_ABORTED: 'the proxy refused the connection',
};
const CONNECT_TIMEOUT = /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/;
const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|EPROTO$)/;
const CERTIFICATE: { readonly [code: string]: string } = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is of an authority that is not known here, or it does not send the certificates between',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is of an authority that is not known here',
};
/** The error for the caller of a request that failed, in whatever way. A mistake in this program itself stays as it is. */
export function failureOf(error: unknown): unknown {
  if (error instanceof OutboundError) return error;
  // Of each address that was tried.
  if (error instanceof AggregateError) return failureOf(error.errors.at(-1));
  // Not by its code, for it may have none.
  if (error instanceof errors.HTTPParserError) return new OutboundError('bad_answer', 'the answer is not HTTP');
  if (error instanceof errors.HeadersOverflowError)
    return new OutboundError('bad_answer', 'the headers of the answer are too large');
  const code = codeOf(error);
  if (code === undefined || code === 'UND_ERR_INVALID_ARG') return error;
  if (CONNECT_TIMEOUT.test(code)) return new OutboundError('timeout', 'no connection was made in time');
  if (TLS.test(code)) return new OutboundError('tls_failed', `TLS failed: ${CERTIFICATE[code] ?? code}`);
  return new OutboundError('connection_failed', CONNECTION[code] ?? `the connection failed (${code})`);
}
