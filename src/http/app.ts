import Router from '@koa/router';
import Koa from 'koa';
import type { Logger } from 'pino';
import type { TrustedProxies } from '../trusted-proxies.ts';
import { answering } from './answer-route.ts';
import { NOBODY } from './limits/loop-share.ts';
import { type CorsOrigins, cors, preflightAnswer } from './out/cors.ts';
import { methodNotAllowed, type Problem } from './out/problem.ts';
import { type RequestState, request } from './request.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';

/** What the requests of a listener go through. */
export interface AppOptions {
  readonly services: Services;
  readonly logger: Logger;
  readonly corsOrigins: CorsOrigins;
  /** While the server stops, each answer ends its connection. */
  readonly isStopping: () => boolean;
  /** Which proxies say who called; null: none does. */
  readonly isTrusted: TrustedProxies | null;
}

/**
 * What answers the requests of one listener: its routes, and for all else a problem.
 * @param nothingHere what is said of a path that leads nowhere
 */
export function createApp(routes: readonly Route[], nothingHere: () => Problem, options: AppOptions): Koa {
  const { services, logger, corsOrigins, isStopping, isTrusted } = options;
  const router = new Router({ sensitive: true });
  for (const route of routes) router.register(route.path, [route.method], answering(route, services));
  const app = new Koa();
  app.use(cors(corsOrigins));
  app.use(request(logger, services.metrics, isStopping, isTrusted));
  app.use(router.routes());
  app.use(async (ctx) => {
    // Whom nobody knows has a share of the event loop, too.
    await services.limits.loop.begin(NOBODY);
    noRoute(ctx, nothingHere);
  });
  app.on('error', (error, ctx?: Koa.Context) => {
    // Koa tells of a caller's connection that failed, too: no fault of ours, and the request's own line says so.
    if (error !== ctx?.req.socket.errored) logger.error({ err: error }, 'an answer failed');
  });
  return app;
}

/** A path that leads nowhere, or not with this method. */
function noRoute(ctx: Koa.Context, nothingHere: () => Problem): void {
  const methods = new Set((ctx.matched ?? []).flatMap((layer: { methods: string[] }) => layer.methods));
  if (methods.size === 0) throw nothingHere();
  const allow = [...methods].sort().join(', ');
  const preflight = preflightAnswer(ctx, allow);
  if (preflight === null) throw methodNotAllowed(ctx.method, allow);
  (ctx.state as RequestState).answer = preflight;
}
