import { randomUUID } from 'node:crypto';
import type { Context, Next } from 'koa';
import type { Logger } from 'pino';
import { AccessDenied } from './in/access-denied.ts';
import type { TokenFacts } from './in/authenticate.ts';
import { isGone } from './in/caller-gone.ts';
import { clientAddress } from './in/client-address.ts';
import { routedPath, withoutFormat } from './in/paths.ts';
import { refuseRepeatedHeaders } from './in/repeated-headers.ts';
import { callersRequestId } from './in/request-id.ts';
import type { TrustedProxies } from './in/trusted-proxies.ts';
import type { CallersShare } from './limits/callers-share.ts';
import type { LargeTurn } from './limits/large-work.ts';
import type { Held } from './limits/memory-budget.ts';
import type { HttpMetrics } from './metrics.ts';
import { type Answer, writeAnswer } from './out/answer.ts';
import { asProblem } from './out/as-problem.ts';
import type { CorsHeaders } from './out/cors.ts';
import { malformed, type Problem, problemBody } from './out/problem.ts';
import { requestLines } from './request-lines.ts';

/** In characters. A claim may be as long as the token. */
const LONGEST_CLAIM = 100;

/** The state of one request, which its middleware and its route share. */
export interface RequestState extends TokenFacts {
  /** The service's own: callers may send the same one twice, or one of somebody else's. */
  requestId: string;
  /** What the caller sent. The answer has it, else `requestId`. */
  callerRequestId?: string;
  /** Where the request came from, as far as it is known. */
  address?: string;
  /** Set if the path ended with `.json`. */
  format?: 'json';
  /** Set by the route. */
  answer?: Answer;
  /** The import that was asked for or made; for the log line. */
  importId?: string;
  /** Set if pages of any other origin may read answers. */
  cors?: CorsHeaders;
  /** Its memory, its place among large requests, and its other limits; set once the caller is known. */
  held: Held;
  large: LargeTurn;
  share: CallersShare;
  /** The bytes of the body, as it was sent. */
  sentBytes?: number;
}

/**
 * The outermost middleware: gives the request its id, turns a thrown error into a problem, answers, logs and counts.
 * @param isTrusted the proxies that may say who called; null: none
 */
export function request(
  logger: Logger,
  metrics: HttpMetrics,
  isStopping: () => boolean,
  isTrusted: TrustedProxies | null,
): (ctx: Context, next: Next) => Promise<void> {
  const say = requestLines(logger);
  return async (ctx, next) => {
    const beganAt = performance.now();
    const state = ctx.state as RequestState;
    state.requestId = randomUUID();
    state.callerRequestId = callersRequestId(ctx.headers['x-request-id']);
    const answerId = state.callerRequestId ?? state.requestId;
    // Before the answer: a closed socket has no address any more.
    const from = clientAddress(ctx.req.socket.remoteAddress, ctx.headers, isTrusted);
    state.address = from.address;
    let answer: Answer;
    let problem: Problem | undefined;
    let path = '';
    try {
      path = routedPath(pathOf(ctx));
      const withoutJson = withoutFormat(path);
      if (withoutJson !== null) state.format = 'json';
      const route = withoutJson ?? path;
      if (route !== ctx.path) ctx.path = route;
      if (ctx.headers.host === undefined && ctx.req.httpVersion === '1.1') throw malformed('Send a Host header.');
      refuseRepeatedHeaders(ctx.req);
      // Koa would drop the part of the query after it.
      if (ctx.req.url?.includes('#')) throw malformed('Send a # in the path or query as %23: HTTP has none there.');
      await next();
      answer = state.answer as Answer;
    } catch (error) {
      problem = asProblem(error);
      answer = problemAnswer(problem, path, answerId);
    }
    // A caller that has gone is no fault of ours and no reason for an alarm.
    const aborted = isGone(ctx.req);
    try {
      await writeAnswer(ctx, answer, answerId, beganAt, isStopping());
    } finally {
      const seconds = (performance.now() - beganAt) / 1000;
      const route = String(ctx._matchedRoute ?? 'none');
      if (problem instanceof AccessDenied) metrics.refused(problem.reason);
      const lasts = answer.stream !== undefined || answer.hasWaited === true;
      metrics.observe(ctx.method, route, answer.status, lasts ? null : seconds);
      say({
        request_id: state.requestId,
        caller_request_id: state.callerRequestId,
        ...from,
        method: ctx.method,
        route,
        import: state.importId,
        status: answer.status,
        ms: Math.round(seconds * 1e4) / 10,
        caller: state.caller,
        jti: state.tokenId?.slice(0, LONGEST_CLAIM),
        sub: state.subject?.slice(0, LONGEST_CLAIM),
        problem: problem?.code,
        ...(problem instanceof AccessDenied && { denied: problem.reason, claimed_caller: problem.claimed }),
        aborted: aborted || undefined,
        // Callers are not told which stream was deleted; operators are.
        err: answer.status >= 500 || problem?.code === 'deleted' ? problem?.cause : undefined,
      });
    }
  };
}

/** @throws {Problem} 400 if the target is no path or URL: Koa's own getter throws, or gives null (`http://`). */
function pathOf(ctx: Context): string {
  let path: string | null = null;
  try {
    path = ctx.path;
  } catch {}
  if (path === null) throw malformed('What is asked for is neither a path nor a URL.');
  return path;
}

function problemAnswer(problem: Problem, path: string, requestId: string): Answer {
  return {
    status: problem.status,
    contentType: 'application/problem+json',
    body: problemBody(problem, path, requestId),
    further: problem.headers,
  };
}
