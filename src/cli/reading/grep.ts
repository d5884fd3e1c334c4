import { InvalidArgumentError } from 'commander';
import type { Having } from '../../history/event-selection.ts';

/** A backslash and what it protects; a separator; or a run of anything else. */
const TOKENS = /\\(.)|([.=])|[^\\.=]+/gsy;

/**
 * `--grep PATH=VALUE`, which may be given several times: dots separate the keys of the path, and a backslash before a dot, an equals sign
 * or a backslash makes it part of the key.
 */
export function grepArgument(text: string, others: readonly Having[] = []): readonly Having[] {
  const path = [''];
  for (const { 0: token, 1: escaped, 2: separator, index } of text.matchAll(TOKENS)) {
    if (separator === '=' && path.join('') !== '') return [...others, { path, text: text.slice(index + 1) }];
    if (separator === '.') path.push('');
    else path[path.length - 1] += escaped ?? token;
  }
  throw new InvalidArgumentError('It must be PATH=VALUE, such as params.album_id=5005800000HEXCtAAP.');
}
