/** Paths, read as Rails' router reads them. */

/** Repeated slashes count as one. A slash at the end does not count. */
export function routedPath(path: string): string {
  const squeezed = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
  return squeezed.length > 1 && squeezed.endsWith('/') ? squeezed.slice(0, -1) : squeezed;
}

const JSON_ENDING = '.json';

/** A path of the API without its `.json`; null if it does not end with that. */
export function withoutFormat(path: string): string | null {
  if (!path.endsWith(JSON_ENDING) || !path.startsWith('/api/') || path.at(-JSON_ENDING.length - 1) === '/') return null;
  return path.slice(0, -JSON_ENDING.length);
}
