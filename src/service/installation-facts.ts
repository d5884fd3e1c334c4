import { resolve } from 'node:path';
import { fileOfLog } from '../events/service-mark.ts';
import { unfinishedAmong } from '../operations/replay/replay.ts';
import type { Versions } from '../projections/versions.ts';
import { VIEWS_VERSION } from '../projections/views.ts';
import type { Config } from '../settings/config.ts';
import { unusedStores } from '../stores/unused-stores.ts';
import { releaseVersion } from '../telemetry/release.ts';

/** What runs here, and on which stores: the same in the first line of the service and in `imports status`. No credential is in it. */
export interface InstallationFacts {
  readonly version: string;
  readonly node: string;
  /** Null: the log is not known, because it is away. */
  readonly log_id: string | null;
  /** A file, or the address of a server. */
  readonly log_store: string;
  readonly views_store: string;
  readonly data_dir: string;
  readonly time_zone: string;
  /** The version of the views of this release. */
  readonly views_version: number;
  /** The versions that are there; null: the store is away. */
  readonly views_versions: readonly string[] | null;
  /** Embedded stores that are in the data folder, and not used. */
  readonly unused_stores: readonly string[];
  /** Null: there is none, or it is not known. */
  readonly unfinished_replay: { readonly id: string; readonly position: string } | null;
}

/**
 * @param logId null: the log is away
 * @param isService whether the service asks, which fills this release's version by itself
 */
export async function installationFacts(
  { eventStoreUrl, mongodbUrl, dataDir, timeZone }: Config,
  logId: string | null,
  versions: Pick<Versions, 'list'>,
  isService = false,
): Promise<InstallationFacts> {
  const folder = resolve(dataDir);
  const all = await versions.list().catch(() => null);
  // What a node works with is no replay's.
  const left = all?.filter(({ name, usedAt }) => usedAt === null && !(isService && name === String(VIEWS_VERSION)));
  const unfinished = left === undefined || logId === null ? null : unfinishedAmong(left, { id: logId });
  return {
    version: releaseVersion(),
    node: process.version,
    log_id: logId,
    log_store: eventStoreUrl === null ? fileOfLog(folder) : withoutCredentials(eventStoreUrl),
    views_store: mongodbUrl === null ? folder : withoutCredentials(mongodbUrl),
    data_dir: folder,
    time_zone: timeZone,
    views_version: VIEWS_VERSION,
    views_versions: all?.map(({ name }) => name) ?? null,
    unused_stores: unusedStores({ eventStoreUrl, mongodbUrl, dataDir }),
    unfinished_replay: unfinished && { id: unfinished.generation, position: String(unfinished.position) },
  };
}

/** The scheme, the hosts and the path of a connection string: its user info and its query may hold secrets. */
function withoutCredentials(url: string): string {
  const [, scheme = '', rest = ''] = /^([^:]+:\/\/)(?:[^/?]*@)?([^?]*)/.exec(url) ?? [];
  return scheme + rest;
}
