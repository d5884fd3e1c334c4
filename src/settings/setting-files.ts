import { codeOf } from '../errors/code-of.ts';
import { reasonOf } from '../errors/reason-of.ts';
import { accessTrouble } from '../machine/access-trouble.ts';
import { readSecretFile } from '../machine/too-open.ts';

/** The settings that may be in a file: `JWT_SECRET_FILE` names that of `JWT_SECRET`. Docker, Kubernetes and systemd give secrets so. */
const IN_FILES = ['JWT_SECRET', 'EVENTSTORE_URL', 'MONGODB_URL'] as const;

/** Settings, with those that are in files; and what is wrong with these. */
export interface WithFiles {
  readonly env: NodeJS.ProcessEnv;
  readonly faults: readonly string[];
}

/**
 * Reads the files of settings. One line break at the end of a file is not part of the setting.
 * @param isSigning false: that of `JWT_SECRET` is not read
 */
export function withSettingFiles(env: NodeJS.ProcessEnv, isSigning: boolean): WithFiles {
  const all = { ...env };
  const faults: string[] = [];
  for (const name of IN_FILES) {
    const file = env[`${name}_FILE`];
    if (file === undefined || (name === 'JWT_SECRET' && !isSigning)) continue;
    if (env[name] !== undefined) {
      faults.push(`${name} and ${name}_FILE are both set: set one of them`);
      continue;
    }
    const read = textIn(file);
    if ('trouble' in read) faults.push(`${name}_FILE ${file}: ${read.trouble}`);
    else all[name] = read.text;
  }
  return { env: all, faults };
}

function textIn(file: string): { readonly text: string } | { readonly trouble: string } {
  try {
    const text = readSecretFile(file).replace(/\r?\n$/, '');
    return text === '' ? { trouble: 'it is empty' } : { text };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { trouble: 'there is no such file' };
    return { trouble: (codeOf(error) && accessTrouble([file], true)) || reasonOf(error) };
  }
}
