import type { Version } from '../../projections/versions.ts';

/** A node notes each minute that it works with a version. */
const IN_USE_MS = 180_000;

/** Nodes work with the version, so that it may not be removed. */
export class VersionInUse extends Error {
  readonly code = 'version_in_use';

  constructor({ name, usedAt }: Version) {
    super(
      `Version ${name} is in use (last at ${usedAt}): stop the nodes of its release, and try again in three minutes.`,
    );
    this.name = 'VersionInUse';
  }
}

/** @throws {VersionInUse} */
export function assertUnused(version: Version): void {
  const { usedAt } = version;
  if (usedAt !== null && Date.now() - Date.parse(usedAt) < IN_USE_MS) throw new VersionInUse(version);
}
