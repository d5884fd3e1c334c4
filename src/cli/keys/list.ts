import { type Hanging, hangingOnKeys } from '../../operations/keys/hanging.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import { refusing } from '../../stores/adoption.ts';
import { openSealedStoreIfThere } from '../../stores/open-sealed.ts';
import type { Keys } from '../../tokens/keys.ts';
import { type KeysOfLog, keysOfLog } from '../../tokens/log-keys.ts';
import type { Context } from '../context.ts';
import { printRows } from '../rows.ts';

export interface ListOptions {
  readonly on?: string;
  readonly json?: boolean;
}

/** Prints the keys, or what hangs on one. */
export async function list({ on, json = false }: ListOptions, context: Context): Promise<void> {
  const keys = context.keptKeys;
  const stores = await context.reading();
  const known = await keysOfLog(stores.log);
  const hanging = await everythingHanging(stores, known.oldest ?? keys.oldest, context);
  if (on === undefined) return printRows(context, rowsOf(keys, known, hanging), json, ['introduced_at', 'retired_at']);
  const rows = hanging.filter(({ key }) => key === on);
  await printRows(
    context,
    rows.map(({ kind, id, organizationId, until }) => ({ kind, id, organization_id: organizationId, until })),
    json,
  );
}

/** @param oldest the key of what does not say its own */
export async function everythingHanging(
  stores: StoresForReading,
  oldest: string,
  context: Context,
): Promise<Hanging[]> {
  const sealed = await openSealedStoreIfThere(context.config, refusing('sealed', stores.log), context.say);
  if (sealed !== null) context.closeAtEnd(sealed);
  return hangingOnKeys(stores, sealed, oldest, Date.now());
}

function rowsOf(keys: Keys, { keys: known }: KeysOfLog, hanging: readonly Hanging[]) {
  const hung = hanging.flatMap(({ key }) => key ?? []);
  const configured = keys.all.map(({ fingerprint }) => fingerprint);
  const ofLog = known.map(({ fingerprint }) => fingerprint).toReversed();
  return [...new Set([...configured, ...ofLog, ...hung])].map((fingerprint) => {
    const inLog = known.find((key) => key.fingerprint === fingerprint);
    const count = (kind: Hanging['kind']) =>
      String(hanging.filter((one) => one.kind === kind && one.key === fingerprint).length);
    return {
      fingerprint,
      use: useOf(fingerprint, configured, inLog === undefined ? null : inLog.retiredAt !== null),
      introduced_at: inLog?.introducedAt ?? null,
      retired_at: inLog?.retiredAt ?? null,
      secrets: count('secret'),
      webhooks: count('webhook'),
      connections: count('connection'),
      credentials: count('credentials'),
    };
  });
}

/** @param isRetired null: the log does not know the key */
function useOf(fingerprint: string, configured: readonly string[], isRetired: boolean | null): string {
  if (isRetired) return 'retired';
  if (!configured.includes(fingerprint)) return 'missing';
  if (isRetired === null) return 'unknown';
  return fingerprint === configured[0] ? 'signs' : 'accepted';
}
