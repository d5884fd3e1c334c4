/** The value of a `Link` header with the next page (RFC 8288); relative to the request, so that it holds behind any proxy. */
export function nextLink(path: string, query: { readonly [name: string]: string | undefined }): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `<${path}?${new URLSearchParams(given)}>; rel="next"`;
}
