/** Paths as Rails' router has them. Source: behaviour.md, Parameters. */

/** Repeated slashes count as one, and one at the end counts for nothing. */
export function routedPath(path: string): string {
  const squeezed = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
  return squeezed.length > 1 && squeezed.endsWith('/') ? squeezed.slice(0, -1) : squeezed;
}

const JSON_ENDING = '.json';

/** Without the `.json` that the API's own paths may end with; null where there is none. */
export function withoutFormat(path: string): string | null {
  if (!path.endsWith(JSON_ENDING) || !path.startsWith('/api/') || path.at(-JSON_ENDING.length - 1) === '/') return null;
  return path.slice(0, -JSON_ENDING.length);
}
