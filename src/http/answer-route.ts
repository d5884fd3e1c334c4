import type { Context } from 'koa';
import { asCaller } from './as-caller.ts';
import { AccessDenied } from './in/access-denied.ts';
import type { Caller } from './in/authenticate.ts';
import { knownParameters, parametersAs } from './in/known-parameters.ts';
import { readJson } from './in/read-json.ts';
import { NOT_FOR_WORKERS, notFound, nothingHere, ONLY_FOR_WORKERS, roleNotAllowed } from './out/problem.ts';
import type { RequestState } from './request.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';

/** What answers the requests of a route: it checks the caller and the declared parameters, then calls the handler. */
export function answering(route: Route, services: Services): (ctx: Context) => Promise<void> {
  const { access, body, upload, json: members, query: declared } = route;
  const takesBody = body !== undefined || upload !== undefined || members !== undefined;
  if (access === 'anyone') {
    return async (ctx) => {
      const state = ctx.state as RequestState;
      // A probe ignores parameters that are not declared.
      const query = declared === undefined ? {} : parametersAs(declared, ctx.query);
      state.answer = await route.handle({ ctx, state, query, inPath: inPathOf(route, ctx), json: {} }, services);
    };
  }
  return async (ctx) => {
    const state = ctx.state as RequestState;
    state.answer = await asCaller(services, ctx, takesBody, async (caller) => {
      assertRole(route, caller);
      // First, since an answer before the end of the body would end the connection.
      const json = members === undefined ? {} : await readJson(ctx, state, members);
      // A route that reads its body itself takes parameters of any name.
      const query = body === undefined ? knownParameters(ctx.querystring, declared) : {};
      const asked = { ctx, state, caller, query, inPath: inPathOf(route, ctx), json };
      return route.handle(asked, services);
    });
  };
}

/** @throws {Problem} 403; 404 as for a path that no route has; 401 on a route of the original */
function assertRole({ access, forWorkers, isOfOriginal }: Route, { isOperator, isWorker }: Caller): void {
  if (access === 'operator' && !isOperator) throw nothingHere();
  if (access === 'worker' && !isWorker) throw roleNotAllowed(ONLY_FOR_WORKERS);
  if (access !== 'caller' || !isWorker || forWorkers) return;
  if (isOfOriginal) throw new AccessDenied('role_not_allowed');
  throw roleNotAllowed(NOT_FOR_WORKERS);
}

/** @throws {Problem} 404 */
function inPathOf({ inPath }: Route, ctx: Context): Record<string, unknown> {
  if (inPath === undefined) return {};
  const { data, error } = inPath.safeParse(ctx.params);
  if (error !== undefined) throw notFound(error.issues[0]?.message as string);
  return data;
}
