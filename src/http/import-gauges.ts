import { MOST_COUNTED } from '../operations/health/imports-standing.ts';
import { leastBudgets } from './least-budgets.ts';
import type { Labelled } from './metrics.ts';
import type { Services } from './services.ts';

/** So many organizations are labels at most. */
const MOST_BUDGETS = 100;

/** Adds the gauges of imports, which are read at each scrape. Those of what waits are the same on each node. */
export function addImportGauges(services: Services): void {
  const { metrics, importsStanding, importer, keeping } = services;
  metrics.gaugeBy(
    'imports_waiting',
    `Imports that wait, of all nodes, by lane: where the image comes from, or \`sealed\`: a URL with credentials. Up to ${MOST_COUNTED}.`,
    'lane',
    async () => mapped((await importsStanding()).waiting, ({ count }) => count),
  );
  metrics.gaugeBy(
    'imports_oldest_waiting_seconds',
    'The age of the oldest import that waits, by lane; 0: there is none.',
    'lane',
    async () => mapped((await importsStanding()).waiting, ({ oldestSeconds }) => oldestSeconds),
  );
  metrics.gauge(
    'imports_running',
    `Imports that workers have, of all nodes, up to ${MOST_COUNTED}.`,
    async () => (await importsStanding()).running.count,
  );
  metrics.gauge(
    'imports_late_seconds',
    'How long ago the first late import could have been begun; 0: none is late. IMPORT_WAIT_WARNING_MINUTES says when one is.',
    async () => (await importsStanding()).late.seconds,
  );
  metrics.gaugeBy(
    'imports_connections_in_trouble',
    'Organizations of which an import waits for the connection: `missing`, `refused` or `paused`.',
    'trouble',
    async () => ({ ...(await importsStanding()).connections }),
  );
  metrics.gauge('imports_attempts_running', 'Attempts of imports under way on this node.', () => importer.running());
  metrics.gauge(
    'imports_storage_failing',
    '1 while this node cannot keep the bytes of images, or has seen that another one or `imports work` cannot: imports wait for it.',
    () => (keeping.trouble === null ? 0 : 1),
  );
  metrics.gaugeBy(
    'imports_salesforce_budget_used_ratio',
    `The share of an organization's API requests of 24 hours that is used up, as this node was last told: the ${MOST_BUDGETS} with the least left.`,
    'organization',
    () =>
      Object.fromEntries(
        leastBudgets(services, MOST_BUDGETS).map(({ organizationId, share }) => [organizationId, share]),
      ),
  );
}

function mapped<K extends string, V>(values: { readonly [key in K]: V }, of: (value: V) => number): Labelled {
  return Object.fromEntries(Object.entries<V>(values).map(([key, value]) => [key, of(value)]));
}
