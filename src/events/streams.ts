/** Names of streams: a category, a hyphen, and the id of the aggregate (a UUID). */

export const STREAM_CATEGORIES = ['import', 'user', 'secret', 'connection', 'webhook'] as const;

export type StreamCategory = (typeof STREAM_CATEGORIES)[number];

/** The one stream of what operators did to the service itself. No view is folded from it. */
export const OPERATIONS_STREAM = 'operations';

const ACCESS = 'access-';

/** The one stream of who had access to this log past the API: it is of this log alone, and is neither exported nor loaded. */
export function accessStream(log: string): string {
  return `${ACCESS}${log}`;
}

/** Whether a stream has what is of its log alone, and goes into no export. */
export function isAccessStream(stream: string): boolean {
  return stream.startsWith(ACCESS);
}

/** How the names of all streams of a log begin, `operations` as a whole. */
export const STREAM_BEGINNINGS: readonly string[] = [
  ...STREAM_CATEGORIES.map((category) => `${category}-`),
  ACCESS,
  OPERATIONS_STREAM,
];

/** Whether a log has streams with such a name. */
export function isStreamName(stream: string): boolean {
  return stream === OPERATIONS_STREAM || isAccessStream(stream) || parseStreamName(stream) !== null;
}

/** The name of the stream of one aggregate. @param id its UUID */
export function streamName(category: StreamCategory, id: string): string {
  return `${category}-${id}`;
}

/** The category and id of a stream's name; null for streams of other categories, which no view is folded from. */
export function parseStreamName(stream: string): { category: StreamCategory; id: string } | null {
  const hyphen = stream.indexOf('-');
  const category = STREAM_CATEGORIES.find((known) => known === stream.slice(0, hyphen));
  return category === undefined ? null : { category, id: stream.slice(hyphen + 1) };
}
