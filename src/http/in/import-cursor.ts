import type { ListCursor } from '../../projections/queries.ts';

const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f-]{36})$/;

/** The cursor as the `Link` header carries it. Callers take it as it is; it names a place, so it stays right while imports arrive. */
export function importCursorText({ createdAt, id }: ListCursor): string {
  return Buffer.from(`${createdAt} ${id}`).toString('base64url');
}

/** The place that a cursor names; null for text that is no cursor. */
export function parseImportCursor(text: string): ListCursor | null {
  const [, createdAt, id] = CURSOR.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return createdAt === undefined || id === undefined ? null : { createdAt, id };
}
