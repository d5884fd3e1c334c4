import { v5 as uuidv5 } from 'uuid';
import { newId } from '../events/new-id.ts';

/** The namespace of import ids that are derived from idempotency keys. Never change it: retries would make new imports. */
const IDEMPOTENCY_NAMESPACE = 'b5a6c9f0-5a0e-4b0c-9d0e-3f1f6f0c7a11';

/**
 * The id of a request's import. With an idempotency key it is derived from caller and key, so the import's stream is the
 * lock: the second request with the same key finds the stream.
 * @param caller names the caller and for whom they act, without ambiguity: `user:<uuid> of <organization>`
 */
export function importIdFor(caller: string, idempotencyKey: string | null): string {
  return idempotencyKey === null ? newId() : uuidv5(`${caller}\n${idempotencyKey}`, IDEMPOTENCY_NAMESPACE);
}
