import Router from '@koa/router';
import Koa from 'koa';
import type { Logger } from 'pino';
import type { TrustedProxies } from '../trusted-proxies.ts';
import { asCaller } from './as-caller.ts';
import { asOperator } from './as-operator.ts';
import { type CorsOrigins, cors, preflightAnswer } from './cors.ts';
import { EVENT_FILTERS } from './event-filters.ts';
import { IMPORT_FILTERS } from './import-filters.ts';
import { JSON_TYPE } from './json-answer.ts';
import { knowing } from './known-parameters.ts';
import type { Metrics } from './metrics.ts';
import { methodNotAllowed, nothingHere } from './problem.ts';
import { type RequestState, request } from './request.ts';
import { createImport } from './routes/create-import.ts';
import { livez, readyz } from './routes/health.ts';
import { importEvents } from './routes/import-events.ts';
import { listImports } from './routes/list-imports.ts';
import { operationsEvents } from './routes/operations/events.ts';
import { operationsReplay } from './routes/operations/replay.ts';
import { operationsStatus } from './routes/operations/status.ts';
import { showImport } from './routes/show-import.ts';
import type { Services } from './services.ts';

export interface AppOptions {
  readonly services: Services;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly corsOrigins: CorsOrigins;
  /** The text of `openapi.json`. */
  readonly openapi: string;
  /** While the server stops, each answer ends its connection. */
  readonly isStopping: () => boolean;
  /** Which proxies say who called; null: none does. */
  readonly isTrusted: TrustedProxies | null;
}

/** The HTTP side of the service: what each request goes through, and where it may lead. */
export function createApp(options: AppOptions): Koa {
  const { services, logger, metrics, corsOrigins, openapi, isStopping, isTrusted } = options;
  const router = new Router({ sensitive: true });
  router.post('/api/v1/imports', asCaller(services, createImport(services)));
  router.get('/api/v1/imports', asCaller(services, knowing(IMPORT_FILTERS, listImports(services))));
  router.get('/api/v1/imports/:id', asCaller(services, knowing([], showImport(services))));
  router.get('/api/v1/imports/:id/events', asCaller(services, knowing([], importEvents(services))));
  router.get('/api/v1/operations/status', asOperator(services, knowing([], operationsStatus(services))));
  router.get('/api/v1/operations/events', asOperator(services, knowing(EVENT_FILTERS, operationsEvents(services))));
  router.get('/api/v1/operations/replay', asOperator(services, knowing([], operationsReplay(services))));
  router.get('/livez', livez);
  router.get('/readyz', readyz(services));
  router.get('/metrics', async (ctx) => {
    answer(ctx, metrics.registry.contentType, await metrics.registry.metrics());
  });
  router.get('/openapi.json', (ctx) => answer(ctx, JSON_TYPE, openapi));

  const app = new Koa();
  app.use(cors(corsOrigins));
  app.use(request(logger, metrics, isStopping, isTrusted));
  app.use(router.routes());
  app.use(noRoute);
  app.on('error', (error, ctx?: Koa.Context) => {
    // Koa tells of a caller's connection that failed, too: no fault of ours, and the request's own line says so.
    if (error !== ctx?.req.socket.errored) logger.error({ err: error }, 'an answer failed');
  });
  return app;
}

function answer(ctx: Koa.Context, contentType: string, body: string): void {
  (ctx.state as RequestState).answer = { status: 200, contentType, body };
}

/** A path that leads nowhere, or not with this method. */
function noRoute(ctx: Koa.Context): void {
  const methods = new Set((ctx.matched ?? []).flatMap((layer: { methods: string[] }) => layer.methods));
  if (methods.size === 0) throw nothingHere();
  const allow = [...methods].sort().join(', ');
  const preflight = preflightAnswer(ctx, allow);
  if (preflight === null) throw methodNotAllowed(ctx.method, allow);
  (ctx.state as RequestState).answer = preflight;
}
