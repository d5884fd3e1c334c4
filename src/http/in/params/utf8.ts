import { isUtf8 } from 'node:buffer';
import { BadParameters, quoteName } from './bad-parameters.ts';

/**
 * Stands for a value whose bytes are not UTF-8. It is an error only if it is part of the result. As in Rails, it is no error if a
 * later pair of the same name replaces the value.
 */
export class NotUtf8 {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** The text of `bytes`, or a `NotUtf8` for the parameter that `name` names. */
export function decodeUtf8(bytes: Buffer, name: string): string | NotUtf8 {
  return isUtf8(bytes) ? bytes.toString() : new NotUtf8(name);
}

/** The error for the parameter that `name` names, or for the whole body if there is no name. */
export function notUtf8(name?: string): BadParameters {
  const what = name === undefined ? 'The body' : `Parameter ${quoteName(name)}`;
  return new BadParameters('not_utf8', `${what} is not valid UTF-8: encode it as UTF-8.`);
}
