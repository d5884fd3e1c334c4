/** The size of a round trip: one document; a page or a group of writes; or work on a whole collection, such as making an index. */
export type Asked = 'document' | 'documents' | 'collection';

/** How long a round trip may take, in milliseconds, by its size. */
export const BOUNDS_MS: { readonly [A in Asked]: number } = { document: 1_000, documents: 2_000, collection: 30_000 };
