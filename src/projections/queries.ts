import type { ViewKind, Views, views } from './views.ts';

/** A view and the revision of its stream that it reflects. */
export interface Stored<K extends ViewKind = ViewKind> {
  readonly revision: number;
  readonly view: Views[K];
}

/** Whose a view is, and the revision of its stream that it reflects. */
export interface Owner {
  readonly organizationId: string;
  readonly revision: number;
}

/** In a view's place: it is there, but this version cannot read it, since another version wrote it. The reason is a sentence. */
export interface Unreadable {
  readonly unreadable: string;
}

/** A place in a list, newest first: right after the view with this time and id. */
export interface ListCursor {
  readonly createdAt: string;
  readonly id: string;
}

/** The views that can be listed, and what each list may be narrowed by. */
export type ListedKind = { [K in ViewKind]: (typeof views)[K] extends { readonly list: object } ? K : never }[ViewKind];
type FilterOf<K extends ListedKind> = (typeof views)[K]['list']['filters'][number];

/** Which views, newest first (`created_at`, then `id`, both descending). Times are UTC ISO 8601 with milliseconds, both bounds exclusive. */
export interface ListQuery<K extends ListedKind = ListedKind> {
  readonly organizationId: string;
  /** The value that each of these fields has. */
  readonly having?: { readonly [F in FilterOf<K>]?: string };
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly after?: ListCursor;
  readonly limit: number;
  /**
   * Of the fields that size a page, together: it ends before the view that would pass this, but holds one at least, and no more than one
   * beyond it is read. Without it, only `limit` counts.
   */
  readonly maxCharacters?: number;
}

/** A page of a list, and whether the list ends with it. */
export interface ListPage<K extends ListedKind = ListedKind> {
  readonly items: readonly Stored<K>[];
  readonly isLast: boolean;
}

/** What answers queries. `get` and `list` reject with `UnreadableView` where a view that they would give cannot be read. */
export interface Queries {
  /** @param organizationId where it is given, a view of another organization counts as none, and is not read */
  get<K extends ViewKind>(kind: K, id: string, organizationId?: string): Promise<Stored<K> | null>;

  /** Whose the view is, without the rest of it being read. It takes the same time whether there is a view, and whatever is in it. */
  ownerOf(kind: ViewKind, id: string): Promise<Owner | null>;

  list<K extends ListedKind>(kind: K, query: ListQuery<K>): Promise<ListPage<K>>;
}
