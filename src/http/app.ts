import Router from '@koa/router';
import Koa from 'koa';
import type { Logger } from 'pino';
import { isTraced } from '../telemetry/tracing.ts';
import { answering } from './answer-route.ts';
import type { TrustedProxies } from './in/trusted-proxies.ts';
import { NOBODY } from './limits/loop-share.ts';
import { type CorsOrigins, cors, preflightAnswer } from './out/cors.ts';
import { methodNotAllowed, type Problem } from './out/problem.ts';
import { type RequestState, request } from './request.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { traced } from './traced.ts';

/** What the app of a listener needs. */
export interface AppOptions {
  readonly services: Services;
  readonly logger: Logger;
  readonly corsOrigins: CorsOrigins;
  /** While it is true, each answer ends its connection. */
  readonly isStopping: () => boolean;
  /** The proxies that may say who called; null: none. */
  readonly isTrusted: TrustedProxies | null;
}

/**
 * The app of one listener: it answers its routes, and every other request with a problem.
 * @param nothingHere the problem of a path that no route has
 */
export function createApp(routes: readonly Route[], nothingHere: () => Problem, options: AppOptions): Koa {
  const { services, logger, corsOrigins, isStopping, isTrusted } = options;
  const router = new Router({ sensitive: true });
  for (const route of routes) router.register(route.path, [route.method], answering(route, services));
  const app = new Koa();
  if (isTraced()) app.use(traced(routes));
  app.use(cors(corsOrigins));
  app.use(request(logger, services.metrics, isStopping, isTrusted));
  app.use(router.routes());
  app.use(async (ctx) => {
    // Requests without a valid token have a share of the event loop, too.
    await services.limits.loop.begin(NOBODY);
    noRoute(ctx, nothingHere);
  });
  app.on('error', (error, ctx?: Koa.Context) => {
    // Koa also reports a caller's connection that failed. That is no fault of ours, and the request's own log line says it.
    if (error !== ctx?.req.socket.errored) logger.error({ err: error }, 'an answer failed');
  });
  return app;
}

/** Answers a path that no route has, or a method that its routes do not have. */
function noRoute(ctx: Koa.Context, nothingHere: () => Problem): void {
  const methods = new Set((ctx.matched ?? []).flatMap((layer: { methods: string[] }) => layer.methods));
  if (methods.size === 0) throw nothingHere();
  const allow = [...methods].sort().join(', ');
  const preflight = preflightAnswer(ctx, allow);
  if (preflight === null) throw methodNotAllowed(ctx.method, allow);
  (ctx.state as RequestState).answer = preflight;
}
