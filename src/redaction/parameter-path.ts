/** Where a parameter is, from the outermost name to the innermost: `['metadatas', 'ssn']`. At least one name. */
export type ParameterPath = readonly string[];

/** What a path may look like: names as a form has them, no lists. Linear: no part of it can match what the next one does. */
const PATH = /^[^[\],]+(?:\[[^[\],]+\])*$/;

/** Whose values are recorded in columns of their own, or set by the service, so that taking them out of the parameters would hide nothing. */
const RECORDED_ELSEWHERE = ['album_id', 'import_type', 'controller', 'action'];

/**
 * Reads a list of paths, as an operator writes it: `metadatas[ssn], ftp_pass`. A path that lies within another one is left out.
 * @throws {RangeError} whose message says which part is wrong, and why
 */
export function parsePaths(list: string): ParameterPath[] {
  const paths = list.split(',').map((part) => parsePath(part.trim()));
  return paths.filter((path, index) => !paths.some((other, at) => at !== index && covers(other, path, at < index)));
}

/** A path as text: `metadatas[ssn]`. */
export function placeOf([first, ...rest]: ParameterPath): string {
  return `${first}${rest.map((name) => `[${name}]`).join('')}`;
}

function parsePath(text: string): ParameterPath {
  const quoted = JSON.stringify(text);
  if (!PATH.test(text)) {
    throw new RangeError(
      `has ${quoted}, which is no path of a parameter: write name or name[name], with commas between; a list is named as a whole`,
    );
  }
  const path = text.replaceAll(']', '').split('[');
  if (RECORDED_ELSEWHERE.includes(path[0] as string)) {
    throw new RangeError(`has ${quoted}, which is recorded beside the parameters too and cannot be taken out`);
  }
  return path;
}

/** Whether one path leads to the other or beyond; where they are the same, only the earlier one covers the later. */
function covers(outer: ParameterPath, inner: ParameterPath, isEarlier: boolean): boolean {
  return (
    (outer.length < inner.length || (isEarlier && outer.length === inner.length)) &&
    outer.every((name, i) => name === inner[i])
  );
}
