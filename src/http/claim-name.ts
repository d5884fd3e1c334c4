/** Names a claim of an import in URLs: the ids of the import and of the event by which it was claimed. */
export interface ClaimName {
  readonly importId: string;
  readonly eventId: string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function claimText({ importId, eventId }: ClaimName): string {
  return `${importId}.${eventId}`;
}

/** Null: the text names no claim. */
export function parseClaim(text: string): ClaimName | null {
  const [importId = '', eventId = '', ...others] = text.toLowerCase().split('.');
  return UUID.test(importId) && UUID.test(eventId) && others.length === 0 ? { importId, eventId } : null;
}
