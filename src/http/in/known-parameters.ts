import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { malformed } from '../out/problem.ts';
import { quoteName } from './params/bad-parameters.ts';
import { parseQuery } from './params/parse-params.ts';

/** Some HTTP clients add it to avoid caches. It has no meaning here. */
const CACHE_BUSTER = '_';

/** In characters. A longer name is no typing error of a known one, and the comparison would take long. */
const LONGEST_COMPARED = 64;
/** The part of a name that may be wrong; `type` for `import_type` still counts as a typing error. */
const SHARE_WRONG = 0.65;

/**
 * The declared parameters of a query string. An unknown one is refused: if a filter were left out, the answer would be wrong.
 * @param querystring as it was sent
 * @throws {Problem} 400 that names the wrong parameter and says what is right
 * @throws {BadParameters}
 */
export function knownParameters<Query extends z.ZodObject>(querystring: string, declared?: Query): z.output<Query> {
  const params = parseQuery(querystring);
  const names = Object.keys(params).filter((name) => name !== CACHE_BUSTER);
  refuseUnknown(names, Object.keys(declared?.shape ?? {}), 'The query string takes', 'parameters');
  return declared === undefined ? ({} as z.output<Query>) : parametersAs(declared, params);
}

/** @throws {Problem} 400 */
export function parametersAs<Query extends z.ZodObject>(declared: Query, params: object): z.output<Query> {
  const { data, error } = declared.safeParse(params, {
    error: ({ path }) => `takes one value: ${String(path?.[0])}=…`,
  });
  const issue = error?.issues[0];
  if (issue !== undefined) throw malformed(`${String(issue.path[0])} ${issue.message}`);
  return data as z.output<Query>;
}

/**
 * @param takes the beginning of a sentence about the known names: `The query string takes`
 * @param things what it is that has names
 * @throws {Problem} 400 that names the first unknown one, and the one that may be meant
 */
export function refuseUnknown(names: readonly string[], known: readonly string[], takes: string, things: string): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const name = quoteName(unknown.slice(0, LONGEST_COMPARED + 1));
  if (known.length === 0) throw malformed(`${name} is not known here. ${takes} no ${things}.`);
  const nearest = nearestOf(unknown, known);
  const guess = nearest === null ? '' : ` Did you mean ${nearest}?`;
  throw malformed(`${name} is not known here.${guess} ${takes} ${known.join(', ')}.`);
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
