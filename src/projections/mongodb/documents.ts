import type { Document } from 'mongodb';
import { reasonOf } from '../../reason-of.ts';
import { fromStorable, toStorable } from '../exact-text.ts';
import type { Owner, Stored, Unreadable, ViewWrite } from '../read-model.ts';
import type { ViewKind, Views } from '../views.ts';

/**
 * How a view lies in its collection: a flat document with one field a field of the view, `_id` for its `id`, the `revision` that it
 * reflects, and the version of this shape as `schema`. All that a caller sent is text: no store rounds, reorders or refuses it. An
 * import has the length of its parameters beside them, so that a list reads no more than it sends.
 */

/** Another shape has another number: documents of it are told from ours, and left alone. */
export const SCHEMA = 1;

export const PARAMS_LENGTH = 'params_length';

/** Of documents that were written before they told: then 50 go on the largest page of the API. */
const UNKNOWN_LENGTH = 40_000;

/** A document as the driver gives it: nothing is known of its fields. */
export type Found = Readonly<Record<string, unknown>>;

/** A document of ours. */
export interface Shaped extends Document {
  readonly _id: string;
}

export const collectionNames = { import: 'imports', user: 'users', secret: 'secrets' } as const satisfies Record<
  ViewKind,
  string
>;

/** Takes a field's value, or throws what is wrong with it. */
type Reader = (value: unknown) => string | null;

const text: Reader = fromStorable;
const textOrNull: Reader = (value) => (value === null ? null : fromStorable(value));
const role: Reader = (value) => {
  if (value !== 'member' && value !== 'operator') throw new SyntaxError(`${JSON.stringify(value)} is no role`);
  return value;
};

const readers: { readonly [K in ViewKind]: Readonly<Record<Exclude<keyof Views[K], 'id'>, Reader>> } = {
  import: {
    organization_id: text,
    image_id: textOrNull,
    import_type: textOrNull,
    album_id: textOrNull,
    params: text,
    created_at: text,
    updated_at: text,
  },
  user: { organization_id: text, role, registered_at: text, removed_at: textOrNull },
  secret: { organization_id: text, issued_at: text, revoked_at: textOrNull },
};

/** The document of a view that is to be written. */
export function toDocument({ kind, revision, view }: ViewWrite): Shaped {
  const { id, ...fields } = view;
  const values = fields as Readonly<Record<string, string | null>>;
  const document: Record<string, unknown> = { schema: SCHEMA, revision };
  for (const field of Object.keys(readers[kind])) document[field] = toStorable(values[field] as string | null);
  if (kind === 'import') document[PARAMS_LENGTH] = view.params.length;
  return { _id: toStorable(id), ...document };
}

/** The view in a document; what keeps this version from reading it, where another wrote it. */
export function fromDocument<K extends ViewKind>(kind: K, document: Found): Stored<K> | Unreadable {
  const { schema, revision } = document;
  if (schema !== SCHEMA) return notOurs(`its schema is ${String(schema)}, and this one reads ${SCHEMA}`);
  if (!Number.isSafeInteger(revision)) return notOurs(`its revision is ${String(revision)}`);
  const view: Record<string, string | null> = { id: idOf(document) };
  for (const [field, read] of Object.entries<Reader>(readers[kind])) {
    try {
      view[field] = read(document[field]);
    } catch (error) {
      return notOurs(`its ${field} does not fit: ${reasonOf(error)}`);
    }
  }
  return { revision: revision as number, view: view as unknown as Views[K] };
}

/** Whose a view is, of a document of any version that says it as this one does; null where it does not. */
export function ownerIn({ organization_id, revision }: Found): Owner | null {
  if (typeof organization_id !== 'string' || !Number.isSafeInteger(revision)) return null;
  return { organizationId: fromStorable(organization_id), revision: revision as number };
}

/** How many characters the parameters of an import have. */
export function paramsLengthOf({ [PARAMS_LENGTH]: length }: Found): number {
  return typeof length === 'number' ? length : UNKNOWN_LENGTH;
}

/** The view's id, of a document of any version. */
export function idOf({ _id }: Found): string {
  try {
    return fromStorable(_id);
  } catch {
    return String(_id);
  }
}

function notOurs(what: string): Unreadable {
  return { unreadable: `another version wrote it: ${what}` };
}
