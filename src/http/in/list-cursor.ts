import type { ListCursor } from '../../projections/queries.ts';

const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f-]{36})$/;

/** The cursor in the `Link` header, opaque to callers. It names a place, so it stays valid while the list grows. */
export function listCursorText({ createdAt, id }: ListCursor): string {
  return Buffer.from(`${createdAt} ${id}`).toString('base64url');
}

/** The place that a cursor names; null if the text is no cursor. */
export function parseListCursor(text: string): ListCursor | null {
  const [, createdAt, id] = CURSOR.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return createdAt === undefined || id === undefined ? null : { createdAt, id };
}
