import type { Route } from './route.ts';
import { createImport } from './routes/create-import.ts';
import { livez, readyz } from './routes/health.ts';
import { importEvents } from './routes/import-events.ts';
import { listImports } from './routes/list-imports.ts';
import { metrics } from './routes/listener/metrics.ts';
import { readyzWithReasons } from './routes/listener/readyz.ts';
import { openapi } from './routes/openapi.ts';
import { operationsEvents } from './routes/operations/events.ts';
import { operationsReplay } from './routes/operations/replay.ts';
import { operationsStatus } from './routes/operations/status.ts';
import { showImport } from './routes/show-import.ts';

/** What callers reach: the API, its description, and whether the service lives and is ready. */
export const PUBLIC_ROUTES: readonly Route[] = [
  createImport,
  listImports,
  showImport,
  importEvents,
  operationsStatus,
  operationsEvents,
  operationsReplay,
  livez,
  readyz,
  openapi,
];

/** What operators and their tools reach, without a token: it is for a private network, and tells of every organization. */
export const LISTENER_ROUTES: readonly Route[] = [livez, readyzWithReasons, metrics];
