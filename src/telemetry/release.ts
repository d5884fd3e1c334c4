import { readFileSync } from 'node:fs';

/** The version of this release, such as `1.2.0`: that of package.json. */
export function releaseVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return version;
}
