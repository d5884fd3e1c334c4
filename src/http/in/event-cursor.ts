import type { SearchedTo } from '../../history/event-search.ts';

const CURSOR = /^(position|revision) (\d{1,19})$/;

/** The cursor as the `Link` header carries it. Callers take it as it is; it names a place, so it stays right while events arrive. */
export function eventCursorText(to: SearchedTo): string {
  const text = 'position' in to ? `position ${to.position}` : `revision ${to.revision}`;
  return Buffer.from(text).toString('base64url');
}

/** The place that a cursor names; null for text that is no cursor. */
export function parseEventCursor(text: string): SearchedTo | null {
  const [, kind, digits] = CURSOR.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  if (kind === undefined || digits === undefined) return null;
  return kind === 'position' ? { position: BigInt(digits) } : { revision: Number(digits) };
}
