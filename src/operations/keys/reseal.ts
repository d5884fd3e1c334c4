import type { SealedStore } from '../../importer/sealed/sealed-store.ts';
import { CannotOpen, opened, sealed, sealedWith } from '../../importer/sealed/sealing.ts';
import type { Keys } from '../../tokens/keys.ts';
import { sealedOf } from './hanging.ts';

/** What came of sealing again. */
export interface Resealed {
  readonly moved: number;
  /** What could not be opened, in sentences. */
  readonly troubles: readonly string[];
}

/** Seals everything with the newest key that was sealed with another one. What is put meanwhile is left as it is. */
export async function resealAll(store: SealedStore, keys: Keys): Promise<Resealed> {
  let moved = 0;
  const troubles: string[] = [];
  for (const kind of ['connection', 'credentials'] as const) {
    for await (const { id, sealedId, bytes } of sealedOf(store, kind)) {
      if (sealedWith(bytes) === keys.newest.fingerprint) continue;
      try {
        const again = sealed(keys, sealedId, opened(keys, sealedId, bytes));
        if (await store.replace(sealedId, bytes, again)) moved += 1;
      } catch (error) {
        if (!(error instanceof CannotOpen)) throw error;
        const what =
          kind === 'connection' ? `The secret of the connection of organization` : 'The credentials of import';
        troubles.push(`${what} ${id} cannot be opened. ${error.message}`);
      }
    }
  }
  return { moved, troubles };
}
