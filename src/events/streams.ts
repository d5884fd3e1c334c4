/** Names of streams: a category, a hyphen, and the id of the aggregate (a UUID). */

export const STREAM_CATEGORIES = ['import', 'user', 'secret', 'connection', 'webhook'] as const;

export type StreamCategory = (typeof STREAM_CATEGORIES)[number];

/** The one stream of what operators did to the service itself. No view is folded from it. */
export const OPERATIONS_STREAM = 'operations';

export function streamName(category: StreamCategory, id: string): string {
  return `${category}-${id}`;
}

/** The category and id of a stream's name; null for streams of other categories, which no view is folded from. */
export function parseStreamName(stream: string): { category: StreamCategory; id: string } | null {
  const hyphen = stream.indexOf('-');
  const category = STREAM_CATEGORIES.find((known) => known === stream.slice(0, hyphen));
  return category === undefined ? null : { category, id: stream.slice(hyphen + 1) };
}
