import { filterCredentialText } from './credential-text.ts';

export type BadParametersCode =
  | 'bad_escape'
  | 'not_utf8'
  | 'conflicting_parameters'
  | 'parameters_too_deep'
  | 'too_many_parameters'
  | 'malformed_json'
  | 'malformed_multipart'
  | 'file_not_accepted';

/** The request's parameters cannot be read. `message` is for the caller: it may name a parameter, never its value. */
export class BadParameters extends Error {
  /** The HTTP status to answer with. */
  readonly status: 400 | 415;
  readonly code: BadParametersCode;

  constructor(code: BadParametersCode, message: string) {
    super(message);
    this.name = 'BadParameters';
    this.status = code === 'file_not_accepted' ? 415 : 400;
    this.code = code;
  }
}

const SHOWN_CHARACTERS = 60;

/** A parameter's name for a message: quoted, and short, since a caller's mistake may have made the whole body a name. */
export function quoteName(name: string): string {
  const safe = filterCredentialText(name);
  const shown = safe.length > SHOWN_CHARACTERS ? `${safe.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : safe;
  return JSON.stringify(shown);
}
