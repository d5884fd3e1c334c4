import { COUNTED_LAG, lagInEvents } from '../operations/health/lag.ts';
import { addImportGauges } from './import-gauges.ts';
import type { Services } from './services.ts';

/** How many quarantined events are counted at most. */
const COUNTED = 1_000;

/** Adds the gauges of the stores, the projector and the memory, which are read at each scrape. */
export function addGauges(services: Services): void {
  const { metrics, log, readModel, follower, health, limits, streams, feed } = services;
  addImportGauges(services);
  const isUp = async (part: 'log' | 'readModel') => ((await health())[part] === 'ok' ? 1 : 0);
  metrics.gauge('imports_log_up', '1 while the event log can be read and the last append worked.', () => isUp('log'));
  metrics.gauge('imports_read_model_up', '1 while the read model can be read and imports can be listed.', () =>
    isUp('readModel'),
  );
  metrics.gauge(
    'imports_projector_lag_events',
    `Events of the log that the follower has not passed yet; on EventStoreDB up to ${COUNTED_LAG}.`,
    async () => lagInEvents(log, follower.status().position, await log.head()),
  );
  metrics.gauge(
    'imports_projector_lag_seconds',
    'Seconds since the follower was level with the log; 0 while it is.',
    () => follower.status().lagSeconds,
  );
  metrics.gauge(
    'imports_projector_heartbeat_age_seconds',
    'Seconds since the follower gave a sign of life.',
    () => follower.status().heartbeatAgeSeconds,
  );
  metrics.gauge(
    'imports_projector_events_set_aside',
    `Events in the quarantine, up to ${COUNTED}.`,
    async () => (await readModel.quarantined(COUNTED)).length,
  );
  metrics.gauge(
    'imports_projector_events_unknown',
    'Events since the start of a type that this release does not know; a newer release records them.',
    () => follower.status().unknownEvents,
  );
  metrics.gauge(
    'imports_requests_held_bytes',
    'Bytes that requests under way hold: bodies, their records, and answers that are not sent yet.',
    () => limits.memory.heldBytes,
  );
  metrics.gauge('imports_feed_streams_open', 'Live streams, downloads and waiting requests.', () => streams.open);
  metrics.gauge(
    'imports_feed_readers_behind',
    'Readers of the feed that catch up: they read the log for themselves, in turns.',
    () => feed.behind,
  );
}
