import type { Context, Next } from 'koa';
import { failed, isInSpan, spans } from '../telemetry/tracing.ts';
import type { RequestState } from './request.ts';
import type { Route } from './route.ts';

/**
 * Middleware that makes a span of each request, after that of the caller's `traceparent`. Requests of what anyone may see, such as probes,
 * have none.
 */
export function traced(routes: readonly Route[]): (ctx: Context, next: Next) => Promise<void> {
  const inSpan = spans();
  const isOpen = new Set(routes.filter(({ access }) => access === 'anyone').map(({ path }) => path));
  return (ctx, next) => {
    const { method, url = '' } = ctx.req;
    // Without the query, which may have credentials.
    const [path = ''] = url.split('?', 1);
    if (isOpen.has(path)) return next();
    const asked = () => ({
      name: `${method}`,
      ...(!isInSpan() && { kind: 'server' as const }),
      after: [ctx.get('traceparent')],
      attributes: { 'http.request.method': method, 'url.path': path },
    });
    return inSpan(asked, async (span) => {
      await next();
      const { requestId, importId } = ctx.state as RequestState;
      const { statusCode } = ctx.res;
      const route = ctx._matchedRoute as string | undefined;
      if (route !== undefined) span?.updateName(`${method} ${route}`).setAttribute('http.route', route);
      span?.setAttributes({
        'http.response.status_code': statusCode,
        'imports.request_id': requestId,
        ...(importId !== undefined && { 'imports.import_id': importId }),
      });
      if (span !== null && statusCode >= 500) failed(span, `${statusCode}`);
    });
  };
}
