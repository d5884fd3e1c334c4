import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { IMPORT_REASONS, type ImportReason } from '../events/import-events.ts';
import type { EndedAttempt, ImportObserver } from '../importer/observer.ts';

/** An attempt may take half an hour, if somebody outside makes it. */
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 600, 1_800];

/** What the workers of this node have done since its start. */
export interface Imported {
  /** How many imports ended: `succeeded`, or by the reason of the failure. */
  readonly ended: { readonly [how: string]: number };
  /** Those that came from sources. */
  readonly bytes: number;
}

/** Measures what the workers of this node do. */
export class ImportMetrics implements ImportObserver {
  readonly #attempts: Counter;
  readonly #ended: Counter;
  readonly #durations: Histogram;
  readonly #bytes: Counter;
  readonly #kept: Gauge;
  readonly #keptBytes: Gauge;
  readonly #swept: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#attempts = new Counter({
      name: 'imports_attempts_total',
      help: 'Attempts of imports on this node, by source, outcome and reason; `retried` ones are made again later.',
      labelNames: ['source', 'outcome', 'reason'],
      registers,
    });
    this.#ended = new Counter({
      name: 'imports_ended_total',
      help: 'Imports that ended on this node: `succeeded`, or the reason of the failure.',
      labelNames: ['how'],
      registers,
    });
    // Prometheus takes a counter that comes into being with 1 for one that has not grown.
    for (const how of ['succeeded', ...IMPORT_REASONS]) this.#ended.inc({ how }, 0);
    this.#durations = new Histogram({
      name: 'imports_attempt_duration_seconds',
      help: 'Time from the claim of an import to the end of the attempt, by source.',
      labelNames: ['source'],
      buckets: SECONDS,
      registers,
    });
    this.#bytes = new Counter({
      name: 'imports_bytes_total',
      help: 'Bytes that came from sources, those of attempts that did not succeed too.',
      labelNames: ['source'],
      registers,
    });
    this.#kept = new Gauge({
      name: 'imports_blobs_kept',
      help: 'Blobs in the blob store at its last sweep.',
      registers,
    });
    this.#keptBytes = new Gauge({
      name: 'imports_blobs_kept_bytes',
      help: 'Bytes in the blob store at its last sweep.',
      registers,
    });
    // Nothing is known before the first sweep.
    for (const gauge of [this.#kept, this.#keptBytes]) gauge.remove();
    this.#swept = new Counter({
      name: 'imports_blobs_swept_total',
      help: 'Blobs that were removed because no event names them.',
      registers,
    });
  }

  attemptEnded({ source, outcome, reason, seconds, bytes }: EndedAttempt): void {
    const labels = { source: source ?? 'none' };
    this.#attempts.inc({ ...labels, outcome, reason: reason ?? '' });
    this.#durations.observe(labels, seconds);
    this.#bytes.inc(labels, bytes);
    if (outcome === 'succeeded') this.#ended.inc({ how: outcome });
    if (outcome === 'failed' && reason !== null) this.#ended.inc({ how: reason });
  }

  expired(reason: ImportReason): void {
    this.#ended.inc({ how: reason });
  }

  swept({ blobs, bytes, removed }: Parameters<ImportObserver['swept']>[0]): void {
    this.#kept.set(blobs);
    this.#keptBytes.set(bytes);
    this.#swept.inc(removed);
  }

  async imported(): Promise<Imported> {
    const [ended, bytes] = await Promise.all([this.#ended.get(), this.#bytes.get()]);
    return {
      ended: Object.fromEntries(
        ended.values.filter(({ value }) => value > 0).map(({ labels, value }) => [String(labels.how), value]),
      ),
      bytes: bytes.values.reduce((sum, { value }) => sum + value, 0),
    };
  }
}
