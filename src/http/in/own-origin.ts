import type { IncomingMessage } from 'node:http';

/** The origin of the service for a request: `https://imports.example.com`, without a slash at the end; '' if it is unknown. */
export type OwnOrigin = (request: IncomingMessage) => string;

/** A host with an optional port (RFC 9110, 7.2). None of its characters can end a link. */
const HOST = /^(?:[a-z0-9._~-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** A request for a whole URL, for which `Host` does not count (RFC 9112, 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/** The headers that proxies add. */
const BY_A_PROXY = ['forwarded', 'x-forwarded-proto', 'x-forwarded-for', 'x-forwarded-host', 'via'] as const;

/**
 * `PUBLIC_URL` if it is set; else the origin that the caller used. If there is a proxy, only a trusted one may report the scheme: with
 * a wrong scheme in a link, the next request and its token might go over the network unencrypted.
 * @param isTrusted whether an address belongs to a trusted proxy; null: none does
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

/** The first scheme that the proxies report: the caller used it. */
function schemeByProxy(headers: IncomingMessage['headers']): 'http' | 'https' | null {
  const forwarded = /^[^,]*?\bproto="?(https?)\b/i.exec(headers.forwarded ?? '')?.[1];
  const scheme = forwarded ?? /^\s*(https?)\s*(?:,|$)/i.exec(String(headers['x-forwarded-proto'] ?? ''))?.[1];
  return (scheme?.toLowerCase() as 'http' | 'https' | undefined) ?? null;
}
