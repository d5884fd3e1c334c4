import { BadParameters } from './bad-parameters.ts';

/** How many parameters one request may have, body and query together: pairs of a form, members and elements of JSON. */
const MAX_PARAMETERS = 4096;

/** How deeply parameters may be nested; `a[b]` is 2. */
export const MAX_DEPTH = 100;

/**
 * How many objects and lists the names of form pairs may make. Each pair can make one at every level, so 1 MiB of names could become
 * 100 MB of objects. No real caller nests thousands of pairs that deeply.
 */
const MAX_CONTAINERS = 4 * MAX_PARAMETERS;

/** Counts the parameters of one request, so that parsing stops at the limit. */
export class ParameterBudget {
  #left = MAX_PARAMETERS;
  #containersLeft = MAX_CONTAINERS;

  /** @throws {BadParameters} `too_many_parameters`. */
  takeOne(): void {
    if (--this.#left < 0) throw tooMany(`more than ${MAX_PARAMETERS} parameters`);
  }

  /** @throws {BadParameters} `too_many_parameters`. */
  takeContainer(): void {
    if (--this.#containersLeft < 0) throw tooMany(`parameters whose names make more than ${MAX_CONTAINERS} objects`);
  }
}

function tooMany(what: string): BadParameters {
  return new BadParameters('too_many_parameters', `The request has ${what}: send fewer in one request.`);
}

/** The error for parameters nested deeper than `MAX_DEPTH`. */
export function tooDeep(): BadParameters {
  return new BadParameters(
    'parameters_too_deep',
    `The parameters are nested deeper than ${MAX_DEPTH} levels: send a flatter structure.`,
  );
}
