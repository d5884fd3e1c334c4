/** The path to a parameter, from the outermost name to the innermost: `['metadatas', 'ssn']`. At least one name. */
export type ParameterPath = readonly string[];

/** The form of a path: names as in a form, no lists. It is linear: no part of it matches what the next part does. */
const PATH = /^[^[\],]+(?:\[[^[\],]+\])*$/;

/** Their values are also recorded outside the parameters, or set by the service. To take them out of the parameters would hide nothing. */
const RECORDED_ELSEWHERE = ['album_id', 'import_type', 'controller', 'action'];

/**
 * Reads an operator's list of paths: `metadatas[ssn], ftp_pass`. A path inside another one is left out.
 * @throws {RangeError} its message says which part is wrong, and why
 */
export function parsePaths(list: string): ParameterPath[] {
  const paths = list.split(',').map((part) => parsePath(part.trim()));
  return paths.filter((path, index) => !paths.some((other, at) => at !== index && covers(other, path, at < index)));
}

/** A path as text: `metadatas[ssn]`. */
export function pathText([first, ...rest]: ParameterPath): string {
  return `${first}${rest.map((name) => `[${name}]`).join('')}`;
}

/** The path in a text that `pathText` made of a path as operators write them, or of a header with a known name. */
export function pathIn(text: string): ParameterPath {
  return text.replaceAll(']', '').split('[');
}

function parsePath(text: string): ParameterPath {
  const quoted = JSON.stringify(text);
  if (!PATH.test(text)) {
    throw new RangeError(
      `has ${quoted}, which is no path of a parameter: write name or name[name], with commas between; a list is named as a whole`,
    );
  }
  const path = pathIn(text);
  if (RECORDED_ELSEWHERE.includes(path[0] as string)) {
    throw new RangeError(`has ${quoted}, which is also recorded outside the parameters and cannot be taken out`);
  }
  return path;
}

/** Whether one path is equal to the other or contains it. Of two equal paths only the earlier one covers the other. */
function covers(outer: ParameterPath, inner: ParameterPath, isEarlier: boolean): boolean {
  return (
    (outer.length < inner.length || (isEarlier && outer.length === inner.length)) &&
    outer.every((name, i) => name === inner[i])
  );
}
