import type { Call } from '../../events/import-events.ts';
import { ImportFailure } from '../../importer/import-failure.ts';
import { appKey } from '../../importer/sources/salesforce/app-key.ts';
import { Budgets } from '../../importer/sources/salesforce/budgets.ts';
import { salesforceDestinations } from '../../importer/sources/salesforce/salesforce-destinations.ts';
import { Sessions } from '../../importer/sources/salesforce/sessions.ts';
import { type Trial, tryOut } from '../../importer/sources/salesforce/trial.ts';
import { GuardedClient } from '../../outbound/guarded-client.ts';
import type { ConnectionView } from '../../projections/views.ts';
import type { Context } from '../context.ts';
import { EndsWith, exitCodes } from '../outcomes.ts';
import { jsonText, membersText } from '../webhooks/webhook-text.ts';
import { keptConnectionSecrets } from './connection-secrets.ts';
import { presentConnection } from './present-connection.ts';

/** Logs in to an organization's Salesforce, and prints what the service may do there. @throws {NotFound | Error} */
export async function test(
  { organization, json }: { readonly organization: string; readonly json?: true },
  context: Context,
): Promise<void> {
  const { config } = context;
  const log = await context.log();
  const connection = await presentConnection(log, organization);
  const client = context.closeAtEnd(new GuardedClient(salesforceDestinations(config)));
  const secretOf = async (id: string) => (await keptConnectionSecrets(context, log, await context.keysOf(log))).of(id);
  const parts = {
    ...{ client, apiVersion: config.salesforceApiVersion, budgets: new Budgets(config.salesforceBudgetPercent) },
    sessions: new Sessions({ client, appKey: appKey(config), secretOf }),
  };
  const trial = await tryOut(parts, connection, (call) => context.say(callText(call))).catch((error) => {
    // What the pause of a whole connection would be is of no interest here.
    throw error instanceof ImportFailure ? new Error(error.message, { cause: error }) : error;
  });
  const missing = missingIn(trial);
  const members = membersOf(connection, trial);
  await context.write(json ? jsonText({ ...members, missing }) : membersText(members));
  for (const what of missing) context.say(what);
  if (missing.length > 0) throw new EndsWith(exitCodes.failed);
}

function membersOf(connection: ConnectionView, trial: Trial) {
  const { session, username, budget } = trial;
  return {
    ...{ organization_id: connection.organization_id, url: connection.url, api: session.origin },
    ...{ salesforce_organization_id: session.organizationId, user_id: session.userId, username },
    ...{ reads_files: trial.readsFiles, sees_all_files: trial.seesAllFiles },
    ...{ reads_attachments: trial.readsAttachments, sees_all_attachments: trial.seesAllAttachments },
    ...{ api_requests_used: budget?.used ?? null, api_requests_limit: budget?.most ?? null },
  };
}

/** In sentences that say what to do. */
function missingIn({ readsFiles, seesAllFiles, readsAttachments, seesAllAttachments }: Trial): string[] {
  const missing: string[] = [];
  if (!readsFiles)
    missing.push('The user may not read Salesforce Files (ContentVersion): give it a permission set that lets it.');
  if (seesAllFiles === false)
    missing.push('The user sees only files that are shared with it: give it the permission Query All Files.');
  if (!readsAttachments) missing.push('The user may not read attachments: give it a permission set that lets it.');
  if (seesAllAttachments === false)
    missing.push('The user sees only attachments of records that it sees: give it the permission View All Data.');
  return missing;
}

function callText({ request, status, error, ms }: Call): string {
  return `${request}: ${status ?? error} (${ms} ms)`;
}
