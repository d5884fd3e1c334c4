import type { Clock } from './clock.ts';
import type { Execute } from './commands/execute.ts';
import type { Config } from './config.ts';
import type { EventLog } from './events/event-log.ts';
import { Connections } from './importer/connections.ts';
import type { SealedStore } from './importer/sealed/sealed-store.ts';
import { CannotOpen } from './importer/sealed/sealing.ts';
import { appKey } from './importer/sources/salesforce/app-key.ts';
import { Budgets } from './importer/sources/salesforce/budgets.ts';
import { ConnectionSecrets } from './importer/sources/salesforce/connection-secrets.ts';
import { salesforceDestinations } from './importer/sources/salesforce/salesforce-destinations.ts';
import { SalesforceSource } from './importer/sources/salesforce/salesforce-source.ts';
import { Sessions } from './importer/sources/salesforce/sessions.ts';
import { GuardedClient } from './outbound/guarded-client.ts';
import type { ReadModelReader } from './projections/read-model.ts';
import type { ConnectionView } from './projections/views.ts';
import type { Keys } from './tokens/keys.ts';

/** What fetches images from Salesforce, and what is known of the connections. */
export interface SalesforceFetching {
  readonly source: SalesforceSource;
  readonly connections: Connections;
  readonly budgets: Budgets;
  close(): Promise<void>;
}

export interface SalesforceFetchingParts {
  readonly log: Pick<EventLog, 'readStream'>;
  readonly readModel: Pick<ReadModelReader, 'page'>;
  readonly execute: Execute;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly sealed: SealedStore;
  readonly keys: Pick<Keys, 'derived'>;
  readonly onTrouble: (error: unknown) => void;
  /** Is called with an organization when what is known of its connection has changed. */
  readonly onChange: (organizationId: string) => void;
}

const NO_KEY = 'This node has no key to log in with: set SALESFORCE_CLIENT_ID and SALESFORCE_PRIVATE_KEY_FILE.';
const NO_SECRET =
  "The connection's secret is not on this node: run `imports connections add` again, with the secret, here.";

/** Puts together what fetches from Salesforce. @throws {BadConfig} the key cannot be used */
export function salesforceFetching(config: Config, parts: SalesforceFetchingParts): SalesforceFetching {
  const key = appKey(config);
  const secrets = new ConnectionSecrets(parts.sealed, parts.keys);
  const client = new GuardedClient(salesforceDestinations(config));
  const budgets = new Budgets(config.salesforceBudgetPercent);
  const whyUnusable = async ({ login, organization_id }: ConnectionView) => {
    if (login === 'jwt') return key === null ? NO_KEY : null;
    return ifItOpens(
      async () => ((await secrets.of(organization_id)) === null ? NO_SECRET : null),
      (message) => message,
    );
  };
  const connections = new Connections({ ...parts, whyUnusable });
  const secretOf = (organizationId: string) =>
    ifItOpens(
      () => secrets.of(organizationId),
      () => null,
    );
  const source = new SalesforceSource({
    ...{ client, budgets, apiVersion: config.salesforceApiVersion, mostBytes: config.importMostBytes },
    sessions: new Sessions({ client, appKey: key, secretOf }),
    connectionOf: (organizationId) => connections.connectionOf(organizationId),
  });
  return { source, connections, budgets, close: () => client.close() };
}

/** @param otherwise gets the reason if what was sealed cannot be opened */
async function ifItOpens<T>(open: () => Promise<T>, otherwise: (reason: string) => T): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof CannotOpen) return otherwise(error.message);
    throw error;
  }
}
