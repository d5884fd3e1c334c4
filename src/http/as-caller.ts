import type { Context } from 'koa';
import type { Answer } from './answer.ts';
import type { Caller } from './authenticate.ts';
import { stopIfGone } from './caller-gone.ts';
import { malformed } from './problem.ts';
import { mayHaveBody, refuseBody } from './read-body.ts';
import type { RequestState } from './request.ts';
import type { Services } from './services.ts';

const bodyWithoutPost = () => malformed('Only a POST has a body here: send parameters in the query string.');

/** A route of the API: first who asks, then how much they already have under way, then the work; a success carries their fresh token. */
export function asCaller(
  { authenticator, concurrency }: Pick<Services, 'authenticator' | 'concurrency'>,
  work: (ctx: Context, caller: Caller) => Promise<Answer>,
): (ctx: Context) => Promise<void> {
  return async (ctx) => {
    const state = ctx.state as RequestState;
    const caller = await authenticator.authenticate(ctx.headers.authorization, state);
    stopIfGone(ctx.req);
    if (ctx.req.method !== 'POST' && mayHaveBody(ctx.req)) await refuseBody(ctx, bodyWithoutPost);
    const answer = await concurrency.run(caller.name, () => work(ctx, caller));
    state.answer = { ...answer, token: caller.freshToken };
  };
}
