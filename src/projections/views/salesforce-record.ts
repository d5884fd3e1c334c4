/** What imports are taken from, by the first three characters of its id. */
const RECORDS = { '069': 'ContentDocument', '068': 'ContentVersion', '00P': 'Attachment' } as const;

export type RecordKind = (typeof RECORDS)[keyof typeof RECORDS];

/** A record that may be at Salesforce. Its id has its checksum. */
export interface NamedRecord {
  readonly kind: RecordKind;
  readonly id: string;
}

/** The characters of a checksum, by their value. */
const CHECKSUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/**
 * An id with its checksum, 18 characters; null if it is none. One of 15 characters has no checksum. It has letters and digits only, so it can
 * stand in a query.
 */
export function salesforceId(text: string): string | null {
  if (!/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/.test(text)) return null;
  const id = text.slice(0, 15);
  const whole = id + checksumOf(id.slice(0, 5)) + checksumOf(id.slice(5, 10)) + checksumOf(id.slice(10));
  return text === id || text === whole ? whole : null;
}

/**
 * What a parameter of a request names. Nobody need be asked to see that an id is wrong: `malformed`, or the id `of_something_else` than the
 * parameter is for.
 */
export function recordNamed(
  parameter: 'content_document_id' | 'attachment_id',
  text: string,
): NamedRecord | 'malformed' | 'of_something_else' {
  const id = salesforceId(text);
  if (id === null) return 'malformed';
  const kind = kindOfRecord(id);
  const isFitting = (kind === 'Attachment') === (parameter === 'attachment_id');
  return kind !== null && isFitting ? { kind, id } : 'of_something_else';
}

/** Null: of something that no import is taken from. */
function kindOfRecord(id: string): RecordKind | null {
  const prefix = id.slice(0, 3);
  return Object.hasOwn(RECORDS, prefix) ? RECORDS[prefix as keyof typeof RECORDS] : null;
}

/** Bit i is set if character i is upper-case. */
function checksumOf(group: string): string {
  let value = 0;
  for (let i = 0; i < group.length; i += 1) if (isUpperCase(group.charCodeAt(i))) value += 1 << i;
  return CHECKSUM.charAt(value);
}

function isUpperCase(code: number): boolean {
  return code >= 65 && code <= 90;
}
