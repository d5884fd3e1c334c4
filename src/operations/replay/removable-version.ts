import type { EventLog } from '../../events/event-log.ts';
import { NO_LOG } from '../../projections/projector-store.ts';
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

/** The version is of another log, whose service may come back to it. */
export class VersionOfOther extends Error {
  readonly code = 'version_of_other';

  constructor(version: string, whose: string, log: string) {
    super(
      `Version ${version} is of another event log (${whose}). This is log ${log}. Nothing was removed. Name that log ` +
        '(EVENTSTORE_URL, else DATA_DIR), or add --adopt if no service uses it any more.',
    );
    this.name = 'VersionOfOther';
  }
}

/** @throws {VersionOfOther} */
export function assertOf({ id }: Pick<EventLog, 'id'>, { name, checkpoint }: Version): void {
  const whose = checkpoint?.log ?? NO_LOG;
  if (whose !== NO_LOG && whose !== id) throw new VersionOfOther(name, whose, id);
}
