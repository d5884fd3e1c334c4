import type { Context } from 'koa';
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

const bodyWithoutPost = () => malformed('Only a POST has a body here: send parameters in the query string.');

/** A route of the API: first who asks, then whether their limits allow it, then the work; a success carries their fresh token. */
export function asCaller(
  { authenticator, limits }: Pick<Services, 'authenticator' | 'limits'>,
  work: (ctx: Context, caller: Caller) => Promise<Answer>,
): (ctx: Context) => Promise<void> {
  return async (ctx) => {
    const state = ctx.state as RequestState;
    const caller = await authenticator.authenticate(ctx.headers.authorization, state).catch(async (error) => {
      await limits.loop.begin(NOBODY);
      throw error;
    });
    state.answer = await within(limits, caller, ctx, () => work(ctx, caller));
  };
}

async function within(limits: Limits, caller: Caller, ctx: Context, work: () => Promise<Answer>): Promise<Answer> {
  const { rates, concurrency, memory, large } = limits;
  const state = ctx.state as RequestState;
  rates?.request(caller.name);
  state.share = new CallersShare(limits, caller);
  const held = memory.open(caller.name);
  // Also once the answer is sent, or will never be.
  ctx.res.once('close', held.release);
  state.held = held;
  state.large = large.of(caller.organizationId, ctx.req);
  try {
    const answer = await concurrency.run(caller.name, async () => {
      if (!isPost(ctx)) {
        if (mayHaveBody(ctx.req)) await refuseBody(ctx, bodyWithoutPost);
        await state.share.begin();
      }
      stopIfGone(ctx.req);
      return work();
    });
    const bytes = Buffer.byteLength(answer.body);
    // What was done is answered in any case.
    if (isPost(ctx)) held.keep(bytes);
    else held.take(bytes);
    const zipped = await zippedBody(ctx, answer.body);
    return { ...answer, zipped, token: caller.freshToken };
  } finally {
    state.large.leave();
    rates?.bytes(caller.name, state.sentBytes ?? 0);
  }
}

function isPost({ req }: Context): boolean {
  return req.method === 'POST';
}
