import { gzipSync } from 'node:zlib';
import Router from '@koa/router';
import type Koa from 'koa';
import { asCaller } from './as-caller.ts';
import { asOperator } from './as-operator.ts';
import { EVENT_FILTERS } from './in/event-filters.ts';
import { IMPORT_FILTERS } from './in/import-filters.ts';
import { knowing } from './in/known-parameters.ts';
import { NOBODY } from './limits/loop-share.ts';
import { JSON_TYPE } from './out/json-answer.ts';
import { nothingHere } from './out/problem.ts';
import { answerWith, type Passage, routedApp } from './routed-app.ts';
import { createImport } from './routes/create-import.ts';
import { livez, readyz } from './routes/health.ts';
import { importEvents } from './routes/import-events.ts';
import { listImports } from './routes/list-imports.ts';
import { operationsEvents } from './routes/operations/events.ts';
import { operationsReplay } from './routes/operations/replay.ts';
import { operationsStatus } from './routes/operations/status.ts';
import { showImport } from './routes/show-import.ts';
import type { Services } from './services.ts';

export interface AppOptions extends Omit<Passage, 'loop'> {
  readonly services: Services;
  /** The text of `openapi.json`. */
  readonly openapi: string;
}

/** What callers reach: the API, its description, and whether the service lives and is ready. */
export function createApp({ services, openapi, ...passage }: AppOptions): Koa {
  const router = new Router({ sensitive: true });
  router.post('/api/v1/imports', asCaller(services, createImport(services)));
  router.get('/api/v1/imports', asCaller(services, knowing(IMPORT_FILTERS, listImports(services))));
  router.get('/api/v1/imports/:id', asCaller(services, knowing([], showImport(services))));
  router.get('/api/v1/imports/:id/events', asCaller(services, knowing([], importEvents(services))));
  router.get('/api/v1/operations/status', asOperator(services, knowing([], operationsStatus(services))));
  router.get('/api/v1/operations/events', asOperator(services, knowing(EVENT_FILTERS, operationsEvents(services))));
  router.get('/api/v1/operations/replay', asOperator(services, knowing([], operationsReplay(services))));
  router.get('/livez', livez(services));
  router.get('/readyz', readyz(services));
  const zipped = gzipSync(openapi);
  router.get('/openapi.json', async (ctx) => {
    await services.limits.loop.begin(NOBODY);
    answerWith(ctx, JSON_TYPE, openapi, zipped);
  });
  return routedApp(router, nothingHere, { ...passage, loop: services.limits.loop });
}
