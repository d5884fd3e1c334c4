/** Names of streams: a category, a hyphen, and the id of the aggregate (a UUID). */

export type StreamCategory = 'import' | 'user' | 'secret';

export function streamName(category: StreamCategory, id: string): string {
  return `${category}-${id}`;
}

/** The category and id of a stream's name; null for streams of other categories, which no view is folded from. */
export function parseStreamName(stream: string): { category: StreamCategory; id: string } | null {
  const hyphen = stream.indexOf('-');
  const category = stream.slice(0, hyphen);
  if (category !== 'import' && category !== 'user' && category !== 'secret') return null;
  return { category, id: stream.slice(hyphen + 1) };
}
