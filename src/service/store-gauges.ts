import { readdirSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventLog } from '../events/event-log.ts';
import type { Labelled, Metrics } from '../http/metrics.ts';
import { backupAgeOf } from '../operations/health/backup-age.ts';
import type { LastLooks } from '../operations/health/last-looks.ts';
import { knownBy } from '../operations/last-look.ts';
import { releaseVersion } from '../telemetry/release.ts';
import type { LastOutcome } from '../time/last-outcome.ts';
import { oneAtATime } from '../time/one-at-a-time.ts';

/** The stores whose files may be in `DATA_DIR`, by how the names of their files begin. */
const STORES = { events: 'events.db', views: 'views-', deliveries: 'deliveries.db', sealed: 'sealed.db' };

/** Adds what operators are alerted by of the release, the log, its backups and the disk. All are read at each scrape. */
export function addStoreGauges(
  metrics: Metrics,
  log: EventLog,
  appends: LastOutcome,
  looks: () => Promise<LastLooks>,
  dataDir: string,
): void {
  metrics.info('imports_build_info', 'The release, and the Node that runs it.', {
    version: releaseVersion(),
    node: process.versions.node,
  });
  metrics.gauge('imports_log_position', 'The position of the newest event of the log.', async () =>
    Number(await log.head()),
  );
  metrics.gauge('imports_log_appends_failing', '1 while the last append failed.', () => (appends.hasFailed ? 1 : 0));
  metrics.gaugeBy(
    'imports_store_bytes',
    'The size of the files in DATA_DIR, by store. Servers and images are not in it.',
    'store',
    () => sizesIn(dataDir),
  );
  const disk = oneAtATime(() => statfs(dataDir));
  metrics.gauge('imports_disk_free_bytes', 'What the service may still write to the disk of DATA_DIR.', async () => {
    const { bavail, bsize } = await disk();
    return bavail * bsize;
  });
  metrics.gauge('imports_disk_free_ratio', 'The same as a share of the disk, as `check` has it.', async () => {
    const { bavail, bfree, blocks } = await disk();
    return bavail / (blocks - bfree + bavail);
  });
  const backupAge = oneAtATime(backupAgeOf(log, dataDir));
  metrics.gauge(
    'imports_backup_age_seconds',
    'Seconds since the newest backup had all of the log; absent if none is known.',
    async () => {
      const seconds = await backupAge();
      if (seconds === null) throw new Error('there is no backup');
      return seconds;
    },
  );
  const lastLooks = oneAtATime(looks);
  const known = async () => {
    const { scrub, verify } = await lastLooks();
    return knownBy([scrub, verify]);
  };
  metrics.gauge(
    'imports_scrub_age_seconds',
    'Seconds since the end of the last scrub, which looks at all events, views and images; absent before the first.',
    async () => ageOf((await lastLooks()).scrub),
  );
  metrics.gauge(
    'imports_verify_age_seconds',
    'Seconds since all events and views were last compared, by a scrub or by `imports verify --all`; absent before the first.',
    async () => ageOf((await known()).views),
  );
  metrics.gauge(
    'imports_damage_found',
    'Events and images that the last look found damaged: 0, or restore a backup; absent before the first look.',
    async () => there((await known()).damage).faults,
  );
  metrics.gauge(
    'imports_view_differences_found',
    'Differences between views and log that the last look found: 0, or repair the views; absent before the first look.',
    async () => there((await known()).views).differences,
  );
}

function ageOf(look: { readonly at: string } | null): number {
  return Math.max(0, Date.now() - Date.parse(there(look).at)) / 1_000;
}

/** @throws what makes a gauge absent */
function there<T>(look: T | null): T {
  if (look === null) throw new Error('there was no such look');
  return look;
}

function sizesIn(folder: string): Labelled {
  const sizes: { [store: string]: number } = {};
  for (const name of readdirSync(folder)) {
    const [store] = Object.entries(STORES).find(([, beginning]) => name.startsWith(beginning)) ?? [];
    if (store === undefined) continue;
    const { size = 0 } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? {};
    sizes[store] = (sizes[store] ?? 0) + size;
  }
  return sizes;
}
