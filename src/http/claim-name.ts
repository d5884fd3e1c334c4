/** Names a claim of an import in URLs: the ids of the import and of the event by which it was claimed. */
export interface ClaimName {
  readonly importId: string;
  readonly eventId: string;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const NAME = new RegExp(`^(${UUID})\\.(${UUID})$`);

export function claimText({ importId, eventId }: ClaimName): string {
  return `${importId}.${eventId}`;
}

/** Null: the text names no claim. */
export function parseClaim(text: string): ClaimName | null {
  const [, importId, eventId] = NAME.exec(text.toLowerCase()) ?? [];
  return importId === undefined || eventId === undefined ? null : { importId, eventId };
}
