import type { IncomingMessage } from 'node:http';

/** What a request called the service by: `https://imports.example.com`, without a slash at the end; '' where nobody can tell. */
export type OwnOrigin = (request: IncomingMessage) => string;

/** A host and perhaps a port (RFC 9110, 7.2), of the characters that names and addresses have: none of them ends a link. */
const HOST = /^(?:[a-z0-9._~-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** A request for a whole URL: then `Host` does not count (RFC 9112, 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/** What proxies add. */
const BY_A_PROXY = ['forwarded', 'x-forwarded-proto', 'x-forwarded-for', 'x-forwarded-host', 'via'] as const;

/**
 * `PUBLIC_URL`, where it is set; else what the caller used. Where a proxy is in between, only one that is trusted tells the scheme:
 * a link with the wrong one might carry the next request, and its token, over the network in clear.
 * @param isTrusted whether who connects from an address is such a proxy; null: nobody is
 */
export function ownOrigin(
  publicUrl: string | null,
  isTrusted: ((address: string, hop: number) => boolean) | null,
): OwnOrigin {
  if (publicUrl !== null) return () => publicUrl;
  return (request) => {
    const host = ABSOLUTE.exec(request.url ?? '')?.[1] ?? request.headers.host ?? '';
    const scheme = schemeOf(request);
    return scheme === null || !HOST.test(host) ? '' : `${scheme}://${host}`;
  };

  function schemeOf({ headers, socket }: IncomingMessage): 'http' | 'https' | null {
    if (BY_A_PROXY.every((name) => headers[name] === undefined)) return 'http';
    return isTrusted?.(socket.remoteAddress ?? '', 0) ? schemeByProxy(headers) : null;
  }
}

/** The first of those that are told, which is what the caller used. */
function schemeByProxy(headers: IncomingMessage['headers']): 'http' | 'https' | null {
  const forwarded = /^[^,]*?\bproto="?(https?)\b/i.exec(headers.forwarded ?? '')?.[1];
  const told = forwarded ?? /^\s*(https?)\s*(?:,|$)/i.exec(String(headers['x-forwarded-proto'] ?? ''))?.[1];
  return (told?.toLowerCase() as 'http' | 'https' | undefined) ?? null;
}
