import type { ViewKind, Views, views } from './views.ts';

/** A view and the revision of its stream that it reflects. */
export interface Stored<K extends ViewKind = ViewKind> {
  readonly revision: number;
  readonly view: Views[K];
}

/** The owner of a view, and the revision of its stream that it reflects. */
export interface Owner {
  readonly organizationId: string;
  readonly revision: number;
}

/** Instead of a view: another version wrote it, and this one cannot read it. The reason is a sentence. */
export interface Unreadable {
  readonly unreadable: string;
}

/** A place in a list, newest first: directly after the view with this time and id. */
export interface ListCursor {
  readonly createdAt: string;
  readonly id: string;
}

/** The kinds of views that can be listed. */
export type ListedKind = { [K in ViewKind]: (typeof views)[K] extends { readonly list: object } ? K : never }[ViewKind];
type FilterOf<K extends ListedKind> = (typeof views)[K]['list']['filters'][number];

/** Which views to list, newest first (`created_at`, then `id`, both descending). Times are UTC ISO 8601 with milliseconds, both bounds exclusive. */
export interface ListQuery<K extends ListedKind = ListedKind> {
  readonly organizationId: string;
  /** Only views with these values. */
  readonly having?: { readonly [F in FilterOf<K>]?: string };
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly after?: ListCursor;
  readonly limit: number;
  /**
   * The limit of a page, for the sum of the fields that bound it. A page holds at least one view, and at most one view after it is read.
   * Without it, only `limit` counts.
   */
  readonly maxCharacters?: number;
}

/** A page of a list, and whether the list ends with it. */
export interface ListPage<K extends ListedKind = ListedKind> {
  readonly items: readonly Stored<K>[];
  readonly isLast: boolean;
}

/** Answers queries. `get` and `list` reject with `UnreadableView` if a view cannot be read. */
export interface Queries {
  /** @param organizationId if it is given, a view of another organization is not read and counts as none */
  get<K extends ViewKind>(kind: K, id: string, organizationId?: string): Promise<Stored<K> | null>;

  /** The view's owner. The rest of the view is not read. It takes the same time whatever is in the view, and even if there is none. */
  ownerOf(kind: ViewKind, id: string): Promise<Owner | null>;

  list<K extends ListedKind>(kind: K, query: ListQuery<K>): Promise<ListPage<K>>;
}
