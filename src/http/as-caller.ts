import type { Context } from 'koa';
import { parseTraceparent } from '../telemetry/traceparent.ts';
import type { Caller } from './in/authenticate.ts';
import { stopIfGone } from './in/caller-gone.ts';
import { mayHaveBody, refuseBody } from './in/read-body.ts';
import { CallersShare } from './limits/callers-share.ts';
import type { Limits } from './limits/limits.ts';
import { NOBODY } from './limits/loop-share.ts';
import { type Answer, zippedBody } from './out/answer.ts';
import { malformed } from './out/problem.ts';
import type { RequestState } from './request.ts';
import type { Services } from './services.ts';

const bodyNotTaken = () => malformed('This route takes no body. Send parameters in the query string.');

/**
 * The answer to a caller: authenticates them, checks their limits, then does the work. A success carries their fresh token.
 * @param takesBody true: the work reads the body, and begins its share of the event loop after that; false: a body is refused
 */
export async function asCaller(
  { authenticator, limits }: Pick<Services, 'authenticator' | 'limits'>,
  ctx: Context,
  takesBody: boolean,
  work: (caller: Caller) => Promise<Answer>,
): Promise<Answer> {
  const state = ctx.state as RequestState;
  const caller = await authenticator.authenticate(ctx.headers.authorization, state).catch(async (error) => {
    await limits.loop.begin(NOBODY);
    throw error;
  });
  const traceparent = parseTraceparent(ctx.headers.traceparent);
  const known = traceparent === undefined ? caller : { ...caller, identity: { ...caller.identity, traceparent } };
  return within(limits, caller, ctx, takesBody, () => work(known));
}

async function within(
  limits: Limits,
  caller: Caller,
  ctx: Context,
  takesBody: boolean,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const { rates, concurrency, memory, large } = limits;
  const state = ctx.state as RequestState;
  rates?.request(caller.name);
  state.share = new CallersShare(limits, caller);
  const held = memory.open(caller.name);
  // Even if the answer is never sent.
  ctx.res.once('close', held.release);
  state.held = held;
  state.large = large.of(caller.organizationId, ctx.req);
  try {
    const answer = await concurrency.run(caller.name, async () => {
      if (!takesBody) {
        if (mayHaveBody(ctx.req)) await refuseBody(ctx, bodyNotTaken);
        await state.share.begin();
      }
      stopIfGone(ctx.req);
      return work();
    });
    const bytes = Buffer.byteLength(answer.body);
    // What writes has done its work by now, so it is answered in any case.
    if (ctx.req.method === 'GET' || ctx.req.method === 'HEAD') held.take(bytes);
    else held.keep(bytes);
    const zipped = await zippedBody(ctx, answer.body);
    return { ...answer, zipped, ...(!answer.isKept && { token: caller.freshToken }) };
  } finally {
    state.large.leave();
    rates?.bytes(caller.name, state.sentBytes ?? 0);
  }
}
