import { reasonOf } from '../../errors/reason-of.ts';
import type { Found, Shaped } from '../../mongodb/document.ts';
import { fromStorable, toStorable } from '../exact-text.ts';
import type { Owner, Stored, Unreadable } from '../queries.ts';
import type { Field, ViewShape } from '../views/declare-view.ts';
import type { ViewKind } from '../views.ts';

/**
 * A view in its collection: a flat document with the fields of its declaration, `_id` for its `id`, and the `revision` that it reflects. All
 * fields are text or null, so that no store rounds, reorders or refuses what a caller sent. Only the revision is a number and, in a view
 * that is listed, the length of the field that bounds a page, so that a list reads no more than it sends.
 */

/** A view of any kind: each field's text. */
type Texts = Readonly<Record<string, string | null>>;

/** The name of the field with the length of the field that bounds a page; null: the views are not listed. */
export function lengthField({ list }: ViewShape): string | null {
  return list === undefined ? null : `${list.sizedBy}_length`;
}

/** About how many characters a view has: only the field that bounds a page is large. */
export function charactersIn({ list }: ViewShape, view: object): number {
  return list === undefined ? 0 : ((view as Texts)[list.sizedBy]?.length ?? 0);
}

/** The document to write for a view. */
export function toDocument(shape: ViewShape, { revision, view }: Stored): Shaped {
  const texts = view as unknown as Texts;
  const document: Record<string, unknown> = { revision };
  for (const field in shape.fields) {
    document[field === 'id' ? '_id' : field] = toStorable(texts[field] as string | null);
  }
  const length = lengthField(shape);
  if (length !== null) document[length] = charactersIn(shape, view);
  return document as Shaped;
}

/** The view in a document, or why it cannot be read if it does not fit the declaration. */
export function fromDocument<K extends ViewKind>({ fields }: ViewShape, document: Found): Stored<K> | Unreadable {
  const { revision } = document;
  if (!Number.isSafeInteger(revision)) return { unreadable: `its revision is ${String(revision)}` };
  const view: Record<string, string | null> = {};
  for (const field in fields) {
    try {
      view[field] = fieldText(fields[field] as Field, document[field === 'id' ? '_id' : field]);
    } catch (error) {
      return { unreadable: `its ${field} does not fit: ${reasonOf(error)}` };
    }
  }
  return { revision, view } as Stored<K>;
}

function fieldText({ isNullable, among }: Field, value: unknown): string | null {
  if (value === null && isNullable) return null;
  const text = fromStorable(value);
  if (among !== undefined && !among.includes(text)) {
    throw new SyntaxError(`${JSON.stringify(text)} is none of ${among.join(', ')}`);
  }
  return text;
}

/** A view's owner; null if its document does not say. */
export function ownerIn({ organization_id, revision }: Found): Owner | null {
  if (typeof organization_id !== 'string' || !Number.isSafeInteger(revision)) return null;
  return { organizationId: fromStorable(organization_id), revision: revision as number };
}

/** The text of a value of any writer. */
export function plainText(value: unknown): string {
  try {
    return fromStorable(value);
  } catch {
    return String(value);
  }
}

/** The view's id, in a document of any writer. */
export function idOf({ _id }: Found): string {
  return plainText(_id);
}
