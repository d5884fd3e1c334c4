import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { oneAtATime } from '../time/one-at-a-time.ts';
import { ImportMetrics } from './import-metrics.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export interface HttpMetrics {
  /** @param seconds null: the answer lasted for as long as the caller wished */
  observe(method: string, route: string, status: number, seconds: number | null): void;
  /** A request got 401. */
  refused(reason: string): void;
}

/** Values by a label. */
export interface Labelled {
  readonly [value: string]: number;
}

/** The measurements of the service, for Prometheus. prom-client itself adds event-loop delay and memory (`nodejs_*`, `process_*`). */
export class Metrics implements HttpMetrics {
  readonly registry = new Registry();
  /** Who measures what workers do. */
  readonly imports = new ImportMetrics(this.registry);
  readonly contentType = this.registry.contentType;
  /** All measurements as text of the type `contentType`. Requests at the same time get the same text. */
  readonly scrape = oneAtATime(() => this.registry.metrics());
  readonly #requests = new Counter({
    name: 'imports_http_requests_total',
    help: 'Requests answered, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });
  readonly #durations = new Histogram({
    name: 'imports_http_request_duration_seconds',
    help: 'Time from the request to its answer, by method and route.',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #appends = new Histogram({
    name: 'imports_log_append_duration_seconds',
    help: 'Time to append to the event log, fsync or acknowledgement included.',
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #projections = new Histogram({
    name: 'imports_projection_duration_seconds',
    help: 'Time to project what was just appended into the read model.',
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #appendFailures = new Counter({
    name: 'imports_log_append_failures_total',
    help: 'Appends whose outcome is unknown.',
    registers: [this.registry],
  });
  readonly #projectionFailures = new Counter({
    name: 'imports_projection_failures_total',
    help: 'Inline projections that were left to the follower.',
    registers: [this.registry],
  });

  readonly #logCalls = new Counter({
    name: 'imports_log_calls_total',
    help: 'Calls to the event log that append: on the embedded log each may hold many appends.',
    labelNames: ['call'],
    registers: [this.registry],
  });
  readonly #foreignEvents = new Counter({
    name: 'imports_log_foreign_events_total',
    help: 'Events of other applications in streams of EventStoreDB with our names; they are passed over.',
    registers: [this.registry],
  });
  readonly #readModelCalls = new Counter({
    name: 'imports_read_model_calls_total',
    help: 'Calls to the read model; the embedded one is called for writes only, many in one call.',
    labelNames: ['call'],
    registers: [this.registry],
  });

  readonly #webhookAttempts = new Counter({
    name: 'imports_webhook_attempts_total',
    help: 'Attempts of deliveries to webhooks, by what came of them; `failed` ones are tried again.',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  readonly #refusals = new Counter({
    name: 'imports_logins_refused_total',
    help: 'Requests that were answered 401, by the reason that the log line has as `denied`.',
    labelNames: ['reason'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  observe(method: string, route: string, status: number, seconds: number | null): void {
    this.#requests.inc({ method, route, status });
    if (seconds !== null) this.#durations.observe({ method, route }, seconds);
  }

  refused(reason: string): void {
    this.#refusals.inc({ reason });
  }

  appended(seconds: number): void {
    this.#appends.observe(seconds);
  }

  appendFailed(): void {
    this.#appendFailures.inc();
  }

  projected(seconds: number): void {
    this.#projections.observe(seconds);
  }

  projectionFailed(): void {
    this.#projectionFailures.inc();
  }

  logCalled(call: string): void {
    this.#logCalls.inc({ call });
  }

  readModelCalled(call: string): void {
    this.#readModelCalls.inc({ call });
  }

  webhookTried(outcome: 'delivered' | 'failed' | 'given_up'): void {
    this.#webhookAttempts.inc({ outcome });
  }

  /** Adds values by a label, which are read at each scrape. If they cannot be read, they are left out. */
  gaugeBy(name: string, help: string, label: string, values: () => Labelled | Promise<Labelled>): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      async collect() {
        const read = await Promise.try(values).catch((): Labelled => ({}));
        this.reset();
        for (const [value, count] of Object.entries(read)) this.set({ [label]: value }, count);
      },
    });
  }

  foreignEventPassed(): void {
    this.#foreignEvents.inc();
  }

  /** Adds a number that only grows and is kept elsewhere. */
  count(name: string, help: string, value: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }

  /** Adds facts that stay, as labels of a 1. */
  info(name: string, help: string, facts: { readonly [label: string]: string }): void {
    new Gauge({ name, help, labelNames: Object.keys(facts), registers: [this.registry] }).set(facts, 1);
  }

  /** Adds a value that is read at each scrape. If it cannot be read, it is left out. */
  gauge(name: string, help: string, value: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        try {
          this.set(await value());
        } catch {
          this.remove();
        }
      },
    });
  }
}
