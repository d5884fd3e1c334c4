/**
 * The value of a `Link` header with the next page (RFC 8288).
 * @param origin the service's origin (see `OwnOrigin`); '': the link is relative to the request
 * @param path the path of the route, not the caller's spelling: one that begins with `//` would name another host
 */
export function nextLink(
  origin: string,
  path: string,
  query: { readonly [name: string]: string | number | undefined },
): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return `<${origin}${path}?${new URLSearchParams(given)}>; rel="next"`;
}
