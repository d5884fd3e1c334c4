import { readdirSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventLog } from './events/event-log.ts';
import type { Labelled, Metrics } from './http/metrics.ts';
import type { LastOutcome } from './last-outcome.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { backupAgeOf } from './operations/health/backup-age.ts';
import { releaseVersion } from './release.ts';

/** The stores whose files may be in `DATA_DIR`, by how the names of their files begin. */
const STORES = { events: 'events.db', views: 'views-', deliveries: 'deliveries.db', sealed: 'sealed.db' };

/** Adds what operators are alerted by of the release, the log, its backups and the disk. All are read at each scrape. */
export function addStoreGauges(metrics: Metrics, log: EventLog, appends: LastOutcome, dataDir: string): void {
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
