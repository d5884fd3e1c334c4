import type { Execute } from '../commands/execute.ts';
import type { EventLog } from '../events/event-log.ts';
import { Connections } from '../importer/connections.ts';
import type { SealedStore } from '../importer/sealed/sealed-store.ts';
import { appKey } from '../importer/sources/salesforce/app-key.ts';
import { Budgets } from '../importer/sources/salesforce/budgets.ts';
import { ConnectionSecrets } from '../importer/sources/salesforce/connection-secrets.ts';
import { salesforceDestinations } from '../importer/sources/salesforce/salesforce-destinations.ts';
import { SalesforceSource } from '../importer/sources/salesforce/salesforce-source.ts';
import { Sessions } from '../importer/sources/salesforce/sessions.ts';
import { type LoginMeans, whyUnusable } from '../importer/sources/salesforce/why-unusable.ts';
import { GuardedClient } from '../outbound/guarded-client.ts';
import type { ReadModelReader } from '../projections/read-model.ts';
import type { Config } from '../settings/config.ts';
import type { Clock } from '../time/clock.ts';
import type { Keys } from '../tokens/keys.ts';

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
  readonly keys: Keys;
  readonly onTrouble: (error: unknown) => void;
  /** Is called with an organization when what is known of its connection has changed. */
  readonly onChange: (organizationId: string) => void;
}

/** Puts together what fetches from Salesforce. @throws {BadConfig} the key cannot be used */
export function salesforceFetching(config: Config, parts: SalesforceFetchingParts): SalesforceFetching {
  const secrets = new ConnectionSecrets(parts.sealed, parts.keys);
  const means: LoginMeans = { appKey: appKey(config), secretOf: (organizationId) => secrets.of(organizationId) };
  const connections = new Connections({ ...parts, whyUnusable: (connection) => whyUnusable(connection, means) });
  const client = new GuardedClient(salesforceDestinations(config));
  const budgets = new Budgets(config.salesforceBudgetPercent);
  const source = new SalesforceSource({
    ...{ client, budgets, apiVersion: config.salesforceApiVersion, mostBytes: config.importMostBytes },
    sessions: new Sessions({ client, ...means }),
    connectionOf: (organizationId) => connections.connectionOf(organizationId),
  });
  return { source, connections, budgets, close: () => client.close() };
}
