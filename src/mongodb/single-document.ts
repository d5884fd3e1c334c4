import type { Shaped } from './document.ts';
import { DUPLICATE_KEY, hasCode } from './failures.ts';
import type { GatedCollection } from './gated-collection.ts';

/** Inserts a document. False if there is one with its id already. @throws {Unavailable} */
export function insertNew(collection: GatedCollection, document: Shaped): Promise<boolean> {
  return collection.ask((there) =>
    there.insertOne(document).then(
      () => true,
      (error) => {
        if (hasCode(error, DUPLICATE_KEY)) return false;
        throw error;
      },
    ),
  );
}

/** Makes or replaces a document. @throws {Unavailable} */
export async function put(collection: GatedCollection, { _id, ...fields }: Shaped): Promise<void> {
  await collection.ask((there) => {
    const replace = () => there.replaceOne({ _id }, fields, { upsert: true });
    // If another node makes one at the same moment, the insert fails, and the second try replaces it.
    return replace().catch((error) => (hasCode(error, DUPLICATE_KEY) ? replace() : Promise.reject(error)));
  });
}
