import type Router from '@koa/router';
import Koa from 'koa';
import type { Logger } from 'pino';
import type { TrustedProxies } from '../trusted-proxies.ts';
import { type LoopShare, NOBODY } from './limits/loop-share.ts';
import type { HttpMetrics } from './metrics.ts';
import { takesGzip } from './out/answer.ts';
import { type CorsOrigins, cors, preflightAnswer } from './out/cors.ts';
import { methodNotAllowed, type Problem } from './out/problem.ts';
import { type RequestState, request } from './request.ts';

/** What the requests of a listener go through. */
export interface Passage {
  readonly logger: Logger;
  readonly metrics: HttpMetrics;
  readonly corsOrigins: CorsOrigins;
  /** While the server stops, each answer ends its connection. */
  readonly isStopping: () => boolean;
  /** Which proxies say who called; null: none does. */
  readonly isTrusted: TrustedProxies | null;
  /** Whom nobody knows has a share of the event loop, too. */
  readonly loop: LoopShare;
}

/**
 * What answers the requests of one listener: its routes, and for all else a problem.
 * @param nothingHere what is said of a path that leads nowhere
 */
export function routedApp(router: Router, nothingHere: () => Problem, passage: Passage): Koa {
  const { logger, metrics, corsOrigins, isStopping, isTrusted, loop } = passage;
  const app = new Koa();
  app.use(cors(corsOrigins));
  app.use(request(logger, metrics, isStopping, isTrusted));
  app.use(router.routes());
  app.use(async (ctx) => {
    await loop.begin(NOBODY);
    noRoute(ctx, nothingHere);
  });
  app.on('error', (error, ctx?: Koa.Context) => {
    // Koa tells of a caller's connection that failed, too: no fault of ours, and the request's own line says so.
    if (error !== ctx?.req.socket.errored) logger.error({ err: error }, 'an answer failed');
  });
  return app;
}

/**
 * A route whose answer is a text that is there in any case.
 * @param zipped the same in gzip, where that is there
 */
export function answerWith(ctx: Koa.Context, contentType: string, body: string, zipped?: Buffer): void {
  (ctx.state as RequestState).answer = { status: 200, contentType, body, zipped: takesGzip(ctx) ? zipped : null };
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
