/** How much of a host or of a path is recorded. */
const LONGEST = 1_000;

/** What is recorded of a URL: not its user info, query and fragment, in which credentials are. */
export function placeOf({ host, pathname }: URL): { host: string; path: string } {
  return { host: host.slice(0, LONGEST), path: pathname.slice(0, LONGEST) };
}
