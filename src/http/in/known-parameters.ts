import { distance } from 'fastest-levenshtein';
import type { Context } from 'koa';
import type { Params } from '../../events/event-types.ts';
import type { Answer } from '../out/answer.ts';
import { malformed } from '../out/problem.ts';
import type { Caller } from './authenticate.ts';
import { quoteName } from './params/bad-parameters.ts';
import { parseQuery } from './params/parse-params.ts';

/** What some HTTP clients add so that no cache answers; it asks for nothing. */
const CACHE_BUSTER = '_';

/** A longer name is no slip of a known one, and would take long to compare. */
const LONGEST_COMPARED = 64;
/** So much of a name may be wrong at most; `type` for `import_type` is still a slip. */
const SHARE_WRONG = 0.65;

/**
 * A route that takes these parameters in its query string, and no other: one that is not known is refused, since leaving a filter out
 * would answer something else than was asked for.
 * @param work gets what was sent
 */
export function knowing(
  known: readonly string[],
  work: (ctx: Context, caller: Caller, params: Params) => Promise<Answer>,
): (ctx: Context, caller: Caller) => Promise<Answer> {
  return async (ctx, caller) => {
    const params = parseQuery(ctx.querystring);
    const unknown = Object.keys(params).find((name) => !known.includes(name) && name !== CACHE_BUSTER);
    if (unknown !== undefined) throw malformed(refusal(unknown, known));
    return work(ctx, caller, params);
  };
}

function refusal(unknown: string, known: readonly string[]): string {
  const name = quoteName(unknown.slice(0, LONGEST_COMPARED + 1));
  if (known.length === 0) return `${name} is not known: nothing can be asked for here in the query string.`;
  const nearest = nearestOf(unknown, known);
  const guess = nearest === null ? '' : ` Did you mean ${nearest}?`;
  return `${name} is not known here.${guess} The query string takes ${known.join(', ')}.`;
}

function nearestOf(unknown: string, known: readonly string[]): string | null {
  if (unknown.length > LONGEST_COMPARED) return null;
  const text = unknown.toLowerCase();
  const shareWrong = (name: string) => distance(text, name) / Math.max(text.length, name.length);
  const [nearest] = known
    .map((name) => ({ name, wrong: shareWrong(name) }))
    .filter(({ wrong }) => wrong <= SHARE_WRONG)
    .sort((one, other) => one.wrong - other.wrong);
  return nearest?.name ?? null;
}
