import type { Command } from 'commander';
import { type ConnectionCommand, type ConnectionSettings, connectionDecider } from '../../commands/connection.ts';
import { reasonOf } from '../../errors/reason-of.ts';
import { idOfConnectionSecret } from '../../importer/sources/salesforce/connection-secrets.ts';
import { connectionOrigin } from '../../importer/sources/salesforce/origin.ts';
import { salesforceDestinations } from '../../importer/sources/salesforce/salesforce-destinations.ts';
import { OutboundError } from '../../outbound/outbound-error.ts';
import { refusing } from '../../stores/adoption.ts';
import { openSealedStore } from '../../stores/open-sealed.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import type { OperatorsStores } from '../operators-stores.ts';
import { connectionSecrets } from './connection-secrets.ts';
import { secretFromInput } from './secret-from-input.ts';

export interface AddOptions {
  readonly organization: string;
  readonly url: string;
  readonly username?: string;
  readonly audience?: string;
  readonly clientId?: string;
}

/** Adds or changes a connection. Its secret is sealed before it is recorded that there is one. */
export async function add(options: AddOptions, command: Command, context: Context): Promise<void> {
  const { organization, username, clientId } = options;
  if (username === undefined && clientId === undefined) command.error('error: give --username or --client-id');
  const settings = await settingsOf(options, command, context);
  const hasNewSecret = settings.login === 'client_credentials';
  const secret = hasNewSecret ? await secretFromInput(command, context) : null;
  if (secret !== null) context.assertCanSign();
  const stores = await context.writing({ mayBegin: true });
  if (secret !== null) {
    await (await connectionSecrets(context, stores.log, await context.keysForMaking(stores))).keep(
      organization,
      secret,
    );
  }
  const isNew = await execute(stores, organization, { type: 'AddConnection', settings, hasNewSecret });
  const { salesforcePrivateKeyFile: key, salesforceClientId: app } = context.config;
  if (!hasNewSecret && (key === null || (app ?? settings.client_id) === null)) {
    context.say(
      'The service logs in with SALESFORCE_PRIVATE_KEY_FILE and SALESFORCE_CLIENT_ID: set both where it runs.',
    );
  }
  context.say(isNew ? 'The connection is added.' : 'The connection was added before; nothing was changed.');
}

async function settingsOf(options: AddOptions, command: Command, context: Context): Promise<ConnectionSettings> {
  const { organization: organization_id, username = null, audience = null, clientId: client_id = null } = options;
  if (audience !== null && username === null) command.error('error: --audience goes with --username');
  try {
    const url = connectionOrigin(options.url);
    await salesforceDestinations(context.config).check(url);
    return {
      organization_id,
      url,
      login: username === null ? 'client_credentials' : 'jwt',
      username,
      audience,
      client_id,
    };
  } catch (error) {
    const advice =
      error instanceof OutboundError ? `${options.url} may not be connected to: ${error.message}.` : reasonOf(error);
    return command.error(`error: ${advice}`);
  }
}

interface Reasoned {
  readonly organization: string;
  readonly reason: string;
}

/** @throws {CommandRefused} there is no such connection */
export async function pause({ organization, reason: detail }: Reasoned, context: Context): Promise<void> {
  const stores = await context.writing();
  const pause = { reason: 'asked', detail, until: null, nowMs: Date.now() } as const;
  const isNew = await execute(stores, organization, { type: 'PauseConnection', ...pause });
  context.say(isNew ? 'The connection is paused.' : 'The connection was paused before; nothing was changed.');
}

/** @throws {CommandRefused} there is no such connection */
export async function resume({ organization, reason }: Reasoned, context: Context): Promise<void> {
  const stores = await context.writing();
  const isNew = await execute(stores, organization, { type: 'ResumeConnection', reason, nowMs: Date.now() });
  context.say(isNew ? 'The connection is resumed.' : 'The connection did not pause; nothing was changed.');
}

/** Removes a connection and its secret. @throws {CommandRefused} there is no such connection */
export async function remove(
  { organization, yes }: { readonly organization: string; readonly yes?: true },
  command: Command,
  context: Context,
): Promise<void> {
  await confirm(context, command, `Forget how the Salesforce of organization ${organization} is connected?`, yes);
  const stores = await context.writing();
  const isNew = await execute(stores, organization, { type: 'RemoveConnection' });
  await context
    .closeAtEnd(await openSealedStore(context.config, refusing('sealed', stores.log), context.say))
    .remove(idOfConnectionSecret(organization));
  context.say(isNew ? 'The connection is removed.' : 'The connection was removed before; nothing was changed.');
}

function execute(stores: OperatorsStores, organization: string, command: ConnectionCommand): Promise<boolean> {
  return stores.execute('connection', organization, organization, connectionDecider, command);
}
