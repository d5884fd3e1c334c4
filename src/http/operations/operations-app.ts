import Router from '@koa/router';
import type Koa from 'koa';
import type { Logger } from 'pino';
import { oneAtATime } from '../../one-at-a-time.ts';
import type { Metrics } from '../metrics.ts';
import { notFound } from '../out/problem.ts';
import { answerWith, routedApp } from '../routed-app.ts';
import { livez } from '../routes/health.ts';
import type { Services } from '../services.ts';
import { operationsReadyz } from './readyz.ts';

export interface OperationsOptions {
  readonly services: Services;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly isStopping: () => boolean;
}

/** What operators and their tools reach, without a token: it is for a private network, and tells of every organization. */
export function operationsApp({ services, logger, metrics, isStopping }: OperationsOptions): Koa {
  const { registry } = metrics;
  const scrape = oneAtATime(() => registry.metrics());
  const router = new Router({ sensitive: true });
  router.get('/livez', livez(services));
  router.get('/readyz', operationsReadyz(services));
  router.get('/metrics', async (ctx) => answerWith(ctx, registry.contentType, await scrape()));
  // No page of another origin reads it, and no proxy is in between.
  return routedApp(router, nothingHere, {
    logger,
    metrics,
    isStopping,
    corsOrigins: null,
    isTrusted: null,
    loop: services.limits.loop,
  });
}

function nothingHere() {
  return notFound(
    'Nothing is here. Operators find /livez, /readyz and /metrics here; callers find the API at HOST and PORT.',
  );
}
