import type { SearchedTo } from '../../history/event-search.ts';

const CURSOR = /^(position|revision) (\d{1,19})$/;

/** The cursor in the `Link` header, opaque to callers. It names a place, so it stays valid while events arrive. */
export function eventCursorText(to: SearchedTo): string {
  const text = 'position' in to ? `position ${to.position}` : `revision ${to.revision}`;
  return Buffer.from(text).toString('base64url');
}

/** The place that a cursor names; null if the text is no cursor. */
export function parseEventCursor(text: string): SearchedTo | null {
  const [, kind, digits] = CURSOR.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  if (kind === undefined || digits === undefined) return null;
  return kind === 'position' ? { position: BigInt(digits) } : { revision: Number(digits) };
}
