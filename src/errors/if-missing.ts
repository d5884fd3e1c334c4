import { codeOf } from './code-of.ts';

/** For the `catch` of what looks at a file: null if nothing is at the path. @throws the error, if it is another one */
export function nullIfMissing(error: unknown): null {
  if (codeOf(error) !== 'ENOENT') throw error;
  return null;
}

/** For the `catch` of a list of files: none, if the folder is missing. @throws the error, if it is another one */
export function emptyIfMissing(error: unknown): string[] {
  nullIfMissing(error);
  return [];
}
