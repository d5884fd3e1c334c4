import type { Document } from 'mongodb';
import { reasonOf } from '../../reason-of.ts';
import { fromStorable, toStorable } from '../exact-text.ts';
import type { Owner, Stored, Unreadable } from '../queries.ts';
import type { Field, ViewShape } from '../views/declare-view.ts';
import type { ViewKind } from '../views.ts';

/**
 * How a view lies in its collection: a flat document with one field a field of its declaration, `_id` for its `id`, and the `revision` that
 * it reflects. All fields are text or null: no store rounds, reorders or refuses what a caller sent. Numbers are no fields: the revision, and
 * in a view that is listed the length of what sizes a page, so that a list reads no more than it sends.
 */

/** A document as the driver gives it: nothing is known of its fields. */
export type Found = Readonly<Record<string, unknown>>;

/** A document of ours. */
export interface Shaped extends Document {
  readonly _id: string;
}

/** A view whose kind does not matter here: each field's text. */
type Texts = Readonly<Record<string, string | null>>;

/** The field that has the length of the one that sizes a page; null: the views are not listed. */
export function lengthField({ list }: ViewShape): string | null {
  return list === undefined ? null : `${list.sizedBy}_length`;
}

/** About how many characters a view has: what is large in it is what sizes a page. */
export function charactersIn({ list }: ViewShape, view: object): number {
  return list === undefined ? 0 : ((view as Texts)[list.sizedBy]?.length ?? 0);
}

/** The document of a view that is to be written. */
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

/** The view in a document; why it cannot be read, if it does not fit the declaration. */
export function fromDocument<K extends ViewKind>({ fields }: ViewShape, document: Found): Stored<K> | Unreadable {
  const { revision } = document;
  if (!Number.isSafeInteger(revision)) return { unreadable: `its revision is ${String(revision)}` };
  const view: Record<string, string | null> = {};
  for (const field in fields) {
    try {
      view[field] = textOf(fields[field] as Field, document[field === 'id' ? '_id' : field]);
    } catch (error) {
      return { unreadable: `its ${field} does not fit: ${reasonOf(error)}` };
    }
  }
  return { revision, view } as Stored<K>;
}

function textOf({ isNullable, among }: Field, value: unknown): string | null {
  if (value === null && isNullable) return null;
  const text = fromStorable(value);
  if (among !== undefined && !among.includes(text)) {
    throw new SyntaxError(`${JSON.stringify(text)} is none of ${among.join(', ')}`);
  }
  return text;
}

/** Whose a view is; null if its document does not say. */
export function ownerIn({ organization_id, revision }: Found): Owner | null {
  if (typeof organization_id !== 'string' || !Number.isSafeInteger(revision)) return null;
  return { organizationId: fromStorable(organization_id), revision: revision as number };
}

/** The text of a value, whatever wrote it. */
export function plainText(value: unknown): string {
  try {
    return fromStorable(value);
  } catch {
    return String(value);
  }
}

/** The view's id, whatever wrote the document. */
export function idOf({ _id }: Found): string {
  return plainText(_id);
}
