import { hasCode, NAMESPACE_NOT_FOUND } from './failures.ts';
import type { GatedCollection } from './gated-collection.ts';

/**
 * Throws a collection's contents away by dropping it: to delete a million documents would take too long.
 * @throws {Unavailable}
 */
export async function dropContents(collection: GatedCollection): Promise<void> {
  await collection.ask((there) => there.drop().catch(unlessMissing), 'collection');
}

/** For `catch`: that there is no such collection counts as success; any other error is thrown again. */
function unlessMissing(error: unknown): void {
  if (!hasCode(error, NAMESPACE_NOT_FOUND)) throw error;
}
