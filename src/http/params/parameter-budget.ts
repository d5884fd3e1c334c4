import { BadParameters } from './bad-parameters.ts';

/** How many parameters one request may have, body and query together: pairs of a form, members and elements of JSON. */
export const MAX_PARAMETERS = 4096;

/** How deep parameters may be nested; `a[b]` is 2. */
export const MAX_DEPTH = 100;

/** Counts the parameters of one request, so that parsing stops at the first one too many. */
export class ParameterBudget {
  #left = MAX_PARAMETERS;

  /** @throws {BadParameters} `too_many_parameters`. */
  takeOne(): void {
    this.#left -= 1;
    if (this.#left < 0) {
      throw new BadParameters(
        'too_many_parameters',
        `The request has more than ${MAX_PARAMETERS} parameters: send fewer in one request.`,
      );
    }
  }
}

/** The error for parameters nested deeper than `MAX_DEPTH`. */
export function tooDeep(): BadParameters {
  return new BadParameters(
    'parameters_too_deep',
    `The parameters are nested deeper than ${MAX_DEPTH} levels: send a flatter structure.`,
  );
}
