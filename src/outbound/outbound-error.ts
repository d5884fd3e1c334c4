/** What is wrong with a URL, by itself. */
type UrlFault =
  | 'not_a_url'
  | 'scheme_not_allowed'
  | 'user_info_in_url'
  | 'fragment_in_url'
  | 'port_not_allowed'
  | 'refused_address';

/**
 * What is wrong with the name in a URL. That it does not exist and that it has no address which may be reached are one code and one
 * message: else a caller could find out which names exist inside of the network.
 */
type NameFault = 'no_allowed_address' | 'name_lookup_failed';

/** How a request failed. `bad_answer`: it is not HTTP, or its headers are too large. `aborted`: by this service itself. */
type RequestFault = 'timeout' | 'connection_failed' | 'tls_failed' | 'bad_answer' | 'aborted';

export type OutboundErrorCode = UrlFault | NameFault | RequestFault;

/** Nothing was sent, or no answer came. The message is for the people who set the URL; it tells no address that a name has. */
export class OutboundError extends Error {
  readonly code: OutboundErrorCode;

  constructor(code: OutboundErrorCode, message: string) {
    super(message);
    this.name = 'OutboundError';
    this.code = code;
  }
}
