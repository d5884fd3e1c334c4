import { readFileSync } from 'node:fs';
import { codeOf } from '../errors/code-of.ts';

/**
 * A sentence for the operator if a file that the options of a URL name cannot be read: which file, and why. It shows nothing else of the URL.
 * Null if all can be read.
 * @param setting the setting that has the URL
 * @param options the names of the options that name files
 */
export function unreadableFile(url: string, setting: string, options: readonly string[]): string | null {
  for (const [name, file] of new URLSearchParams(url.replace(/^[^?]*/, ''))) {
    const option = options.find((known) => known.toLowerCase() === name.toLowerCase());
    if (option === undefined) continue;
    try {
      readFileSync(file);
    } catch (error) {
      return `the file ${file}, which ${option} in ${setting} names, cannot be read (${codeOf(error)}): correct the path, or let this process read the file`;
    }
  }
  return null;
}
