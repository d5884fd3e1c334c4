import type { Command } from 'commander';
import { webhookDecider } from '../../commands/webhook.ts';
import { knownWebhook } from '../../commands/webhook-state.ts';
import { completeViews } from '../../operations/complete-views.ts';
import type { Hanging } from '../../operations/keys/hanging.ts';
import { resealAll } from '../../operations/keys/reseal.ts';
import { presentWebhook } from '../../operations/present-webhook.ts';
import { refusing } from '../../stores/adoption.ts';
import { isSealedStoreShared, openSealedStoreIfThere } from '../../stores/open-sealed.ts';
import { OVERLAP_MS, Signer } from '../../subscribers/webhooks/signing/signer.ts';
import type { Keys } from '../../tokens/keys.ts';
import { keysOfLog, presentKeys } from '../../tokens/log-keys.ts';
import { TOKEN_LIFE_SECONDS } from '../../tokens/mint.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import type { OperatorsStores } from '../operators-stores.ts';
import { NotFound } from '../outcomes.ts';
import { printable } from '../printable.ts';
import { printRows } from '../rows.ts';
import { everythingHanging } from './list.ts';

export interface RotateOptions {
  readonly reason: string;
  readonly webhooks?: true;
  readonly retire?: string;
  readonly yes?: true;
  readonly json?: boolean;
}

/** What to do about what still hangs on a key, by kind. */
const ADVICE: { readonly [K in Hanging['kind']]: string } = {
  secret: 'issue another one to its organization (imports secrets add), and revoke it once that is used',
  webhook: 'add --webhooks, or let its subscriber rotate its secret',
  connection: 'add it again (imports connections add)',
  credentials: 'they end with their import, within 72 hours',
};

/** Moves what hangs on older keys to the newest, and retires keys. @throws {NotFound | OtherKey} */
export async function rotate(options: RotateOptions, self: Command, context: Context): Promise<void> {
  context.assertCanSign();
  const stores = await context.writing();
  const keys = await context.keysOf(stores.log);
  const known = await keysOfLog(stores.log);
  if (known.oldest === null) throw new Error('The log knows no key yet: start the service of this release first.');
  const { fingerprint: newest } = keys.newest;
  const older = presentKeys(known).filter((key) => key !== newest);
  if (options.retire !== undefined && !older.includes(options.retire)) {
    throw new NotFound(`The log has no key ${options.retire} that can be retired. \`imports keys list\` has all.`);
  }
  if (older.length === 0) {
    return context.say(
      `The key ${newest} is the only one that is not retired. To begin a rotation, start the service with a new key before it.`,
    );
  }
  await reseal(keys, stores, context);
  if (options.webhooks) await rotateWebhooks(keys, stores, self, options, context);
  const hanging = await everythingHanging(stores, known.oldest, context);
  const since = known.keys.find((key) => key.fingerprint === newest)?.introducedAt ?? '';
  for (const key of older) {
    const its = hanging.filter((one) => one.key === key);
    if (its.length === 0 || key === options.retire) await retire(key, its, since, { stores, self, options, context });
    else sayWhatHangs(key, its, context);
  }
}

async function reseal(keys: Keys, { log, recordAccess }: OperatorsStores, context: Context): Promise<void> {
  const { config, say } = context;
  const store = await openSealedStoreIfThere(config, refusing('sealed', log), say);
  if (!isSealedStoreShared(config)) {
    say('What other nodes have sealed is not seen here: run this on each of them, before a key is retired.');
  }
  if (store === null) return;
  const { moved, troubles } = await resealAll(context.closeAtEnd(store), keys);
  const { fingerprint: key } = keys.newest;
  if (moved > 0) {
    await recordAccess({ type: 'ResealSecrets', data: { key, secrets: moved } });
    say(`Sealed again with the key ${key}: ${counted(moved, 'secret')}.`);
  }
  for (const trouble of troubles) say(trouble);
}

/** Prints each new secret, since it is shown nowhere else. */
async function rotateWebhooks(
  keys: Keys,
  stores: OperatorsStores,
  self: Command,
  { yes, json = false }: RotateOptions,
  context: Context,
): Promise<void> {
  const { fingerprint: key } = keys.newest;
  const all = await completeViews(stores, 'webhook');
  const older = all.filter(({ view }) => view.is_deleted === 'no' && (view.key ?? keys.oldest) !== key);
  if (older.length === 0) return;
  const question = `Give ${counted(older.length, 'webhook')} a new secret? Each subscriber needs it within 24 hours.`;
  await confirm(context, self, question, yes);
  const signer = new Signer(keys);
  for (const stored of older) {
    const { id, organization_id, url } = stored.view;
    const overlapUntil = new Date(Date.now() + OVERLAP_MS).toISOString();
    const command = { type: 'RotateSecret', overlapUntil, key } as const;
    await stores.execute('webhook', id, organization_id, webhookDecider, command, { known: knownWebhook(stored) });
    const after = await presentWebhook(stores, id);
    if (after === null) continue;
    const secret = signer.secret(after.view);
    context.say(`Of organization ${organization_id}, ${printable(url)}:`);
    // Not as a table, which would cut the secret.
    await printRows(context, [json ? { id, organization_id, url, secret } : { id, secret }], json);
  }
  context.say('Bring each secret to its subscriber now: it is stored nowhere and not shown again.');
}

interface Retiring {
  readonly stores: OperatorsStores;
  readonly self: Command;
  readonly options: RotateOptions;
  readonly context: Context;
}

/** @param since when the newest key was introduced */
async function retire(
  key: string,
  hanging: readonly Hanging[],
  since: string,
  { stores, self, options, context }: Retiring,
): Promise<void> {
  const ends = hanging.length === 0 ? '' : ` ${counted(hanging.length, 'thing')} made with it will not work any more.`;
  const lastMs = Date.parse(since) + TOKEN_LIFE_SECONDS * 1_000;
  const isYoung = lastMs > Date.now();
  const sessions = isYoung ? ` Sessions that it signed, which last until ${new Date(lastMs).toISOString()}, end.` : '';
  const question = `Retire the key ${key}?${ends}${sessions} Cursors that it made end, too.`;
  await confirm(context, self, question, options.yes);
  await stores.recordAccess({ type: 'RetireKey', data: { key } });
  context.say(
    `The key ${key} is retired. Take it out of JWT_SECRET, and start the service again: until then, running nodes accept it.`,
  );
}

function sayWhatHangs(key: string, hanging: readonly Hanging[], { say }: Context): void {
  say(`The key ${key} is not retired: ${counted(hanging.length, 'thing')} made with it would not work any more.`);
  for (const [kind, those] of Map.groupBy(hanging, (one) => one.kind)) {
    say(`  ${counted(those.length, NAMES[kind])}: ${ADVICE[kind]}`);
  }
  say(`\`imports keys list --on ${key}\` names them.`);
}

const NAMES: { readonly [K in Hanging['kind']]: string } = {
  secret: 'issued secret',
  webhook: 'webhook',
  connection: 'connection',
  credentials: 'import with sealed credential',
};
