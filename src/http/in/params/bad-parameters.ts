type BadParametersCode =
  | 'bad_escape'
  | 'not_utf8'
  | 'conflicting_parameters'
  | 'parameters_too_deep'
  | 'too_many_parameters'
  | 'malformed_json'
  | 'number_out_of_range'
  | 'malformed_multipart'
  | 'file_not_accepted'
  | 'type_not_read'
  | 'charset_not_read';

/** The codes that mean 415: the body is of a kind that is not supported. */
const NOT_READ: readonly BadParametersCode[] = ['file_not_accepted', 'type_not_read', 'charset_not_read'];

/** The request's parameters cannot be read. `message` is for the caller: it may contain a parameter's name, never its value. */
export class BadParameters extends Error {
  /** The HTTP status to answer with. */
  readonly status: 400 | 415;
  readonly code: BadParametersCode;

  constructor(code: BadParametersCode, message: string) {
    super(message);
    this.name = 'BadParameters';
    this.status = NOT_READ.includes(code) ? 415 : 400;
    this.code = code;
  }
}

const SHOWN_CHARACTERS = 60;

/** The characters of names, with brackets that are escaped as `%5B`. */
const NAME = /^(?:[\p{L}\p{M}\p{N}_.\-[\] ]|%5[bd])*/iu;

/**
 * A parameter's name for a message: quoted, short, and cut where it does not look like a name. By a caller's mistake (JSON that was
 * sent as a form) the whole body may be one name, credentials included.
 */
export function quoteName(name: string): string {
  const [shown] = NAME.exec(name.slice(0, SHOWN_CHARACTERS)) as RegExpExecArray;
  return JSON.stringify(shown.length < name.length ? `${shown}…` : shown);
}

/** @param reason the end of a sentence: `its boundary is …` */
export function malformedMultipart(reason: string): BadParameters {
  return new BadParameters('malformed_multipart', `The multipart body cannot be read, because ${reason}: correct it.`);
}
