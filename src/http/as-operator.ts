import type { Context } from 'koa';
import { asCaller } from './as-caller.ts';
import type { Caller } from './in/authenticate.ts';
import type { Answer } from './out/answer.ts';
import { nothingHere } from './out/problem.ts';
import type { Services } from './services.ts';

/** A route for operators. To anybody else who has a valid token, nothing is there. */
export function asOperator(
  services: Pick<Services, 'authenticator' | 'limits'>,
  work: (ctx: Context, caller: Caller) => Promise<Answer>,
): (ctx: Context) => Promise<void> {
  return asCaller(services, async (ctx, caller) => {
    if (!caller.isOperator) throw nothingHere();
    return work(ctx, caller);
  });
}
