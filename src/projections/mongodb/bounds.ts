/** What a round trip asks for: one document; a page, or a group of writes; or work on a whole collection, such as making an index. */
export type Asked = 'document' | 'documents' | 'collection';

/** How long a round trip may take, in milliseconds, by what it asks for. */
export type Bounds = { readonly [A in Asked]: number };

/** For what requests, the follower and operators' questions wait for. */
export const BOUNDS_MS: Bounds = { document: 1_000, documents: 2_000, collection: 30_000 };

/** For the filling of a version, which nobody waits for. */
export const FILLING_BOUNDS_MS: Bounds = { document: 5_000, documents: 10_000, collection: 30_000 };
