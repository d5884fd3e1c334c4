import type { SealedStore } from '../../importer/sealed/sealed-store.ts';
import { sealedWith } from '../../importer/sealed/sealing.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import { completeViews } from '../complete-views.ts';

/** Something that was made with a key, and ends with it. */
export interface Hanging {
  readonly kind: 'secret' | 'webhook' | 'connection' | 'credentials';
  /** Of the secret or webhook; of the organization of the connection; of the import whose credentials they are. */
  readonly id: string;
  /** Null: it is not known here. */
  readonly organizationId: string | null;
  /** The fingerprint of the key; null: what is sealed is damaged. */
  readonly key: string | null;
  /** It ends then by itself: UTC, ISO 8601; null: it does not. */
  readonly until: string | null;
}

/** What stands before the id in the id of what is sealed. */
const SEALED = { connection: 'connection ', credentials: 'import ' } as const;

const READ_AT_ONCE = 500;

/**
 * Everything that was made with a key of the service and is listed somewhere: issued secrets that were not revoked, the secrets of webhooks,
 * and what is sealed. Sessions and cursors are written down nowhere.
 * @param oldest the fingerprint of the key of what does not say its own
 * @param sealed null: nothing is sealed
 */
export async function hangingOnKeys(
  stores: StoresForReading,
  sealed: SealedStore | null,
  oldest: string,
  nowMs: number,
): Promise<Hanging[]> {
  const found: Hanging[] = [];
  for (const { view } of await completeViews(stores, 'secret')) {
    if (view.revoked_at !== null) continue;
    const { id, organization_id: organizationId, key } = view;
    found.push({ kind: 'secret', id, organizationId, key: key ?? oldest, until: null });
  }
  for (const { view } of await completeViews(stores, 'webhook')) {
    if (view.is_deleted === 'yes') continue;
    const { id, organization_id: organizationId, key, key_before, overlap_until: until } = view;
    found.push({ kind: 'webhook', id, organizationId, key: key ?? oldest, until: null });
    const isBefore = until !== null && Date.parse(until) > nowMs && (key_before ?? oldest) !== (key ?? oldest);
    if (isBefore) found.push({ kind: 'webhook', id, organizationId, key: key_before ?? oldest, until });
  }
  for (const kind of ['connection', 'credentials'] as const) {
    for await (const { id, bytes } of sealedOf(sealed, kind)) {
      found.push({ kind, id, organizationId: kind === 'connection' ? id : null, key: sealedWith(bytes), until: null });
    }
  }
  return found;
}

/** What is sealed of a kind; `id` as in `Hanging`, and `sealedId` as the store has it. */
export async function* sealedOf(
  store: SealedStore | null,
  kind: keyof typeof SEALED,
): AsyncGenerator<{ readonly id: string; readonly sealedId: string; readonly bytes: Uint8Array }> {
  const beginning = SEALED[kind];
  let after: string | null = null;
  while (store !== null) {
    const ids: string[] = await store.ids(beginning, after, READ_AT_ONCE);
    for (const sealedId of ids) {
      const bytes = await store.get(sealedId);
      // It may have been removed meanwhile.
      if (bytes !== null) yield { id: sealedId.slice(beginning.length), sealedId, bytes };
    }
    if (ids.length < READ_AT_ONCE) return;
    after = ids.at(-1) as string;
  }
}
