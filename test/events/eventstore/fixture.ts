import { expect } from 'chai';
import type { Appended, EventLog, NewEvent, RecordedEvent } from '../../../src/events/event-log.ts';
import type { Bounds } from '../../../src/events/eventstore/bounds.ts';
import { type EventStoreLogOptions, openEventStoreLog } from '../../../src/events/eventstore/open.ts';
import { type StandIn, type StandInOptions, startStandIn } from '../../support/eventstore/stand-in.ts';
import { until } from '../../support/until.ts';
import { newEvent } from '../new-event.ts';

/** For tests that wait until the adapter gives up: some seconds less each. */
export const SHORT_BOUNDS: Bounds = {
  appendMs: 500,
  lookMs: 250,
  overMs: 1_000,
  readMs: 300,
  silentMs: 1_200,
  stalledMs: 1_200,
  openMs: 500,
};

/**
 * Servers and logs of each test of the `describe` in which it is made; they are let go of after it. A rejection that nobody handles,
 * which would end a process of the service, fails the test.
 */
export class Fixture {
  readonly warnings: string[] = [];
  readonly #cleanUps: (() => Promise<void>)[] = [];
  readonly #unhandled: unknown[] = [];
  readonly #onUnhandled = (reason: unknown) => {
    this.#unhandled.push(reason);
  };

  constructor() {
    beforeEach(() => {
      process.on('unhandledRejection', this.#onUnhandled);
    });
    afterEach(() => this.#cleanUp());
  }

  async start(options?: StandInOptions): Promise<StandIn> {
    const server = await startStandIn(options);
    this.onCleanUp(() => server.stop());
    return server;
  }

  async open(url: string, options: Partial<EventStoreLogOptions> = {}): Promise<EventLog> {
    const logger = { warn: (message: string) => this.warnings.push(message) };
    const log = await openEventStoreLog({ url, logger, ...options });
    this.onCleanUp(() => log.close());
    return log;
  }

  onCleanUp(cleanUp: () => Promise<void>): void {
    this.#cleanUps.push(cleanUp);
  }

  async #cleanUp(): Promise<void> {
    for (const cleanUp of this.#cleanUps.splice(0).reverse()) await cleanUp();
    process.off('unhandledRejection', this.#onUnhandled);
    this.warnings.length = 0;
    expect(this.#unhandled.splice(0), 'rejections that nobody handled').to.deep.equal([]);
  }
}

/** The connection string of one node, or of several. */
export function urlOf(port: number, ...otherPorts: number[]): string {
  return `esdb://${[port, ...otherPorts].map((each) => `127.0.0.1:${each}`).join()}?tls=false`;
}

export function newEvents(count: number): NewEvent[] {
  return Array.from({ length: count }, newEvent);
}

/** Repeats a call for as long as the log is unavailable. */
export function onceAvailable<T>(call: () => Promise<T>, withinMs?: number): Promise<T> {
  const attempt = async () => {
    try {
      return { result: await call() };
    } catch (error) {
      if ((error as { code?: string }).code !== 'log_unavailable') throw error;
      return null;
    }
  };
  return until('the log is available', attempt, withinMs).then(({ result }) => result);
}

/** The first outcomes of appends of one event each, a stream for each, or `log_unavailable`. */
export function appendEach(
  log: EventLog,
  appends: readonly { stream: string; event: NewEvent }[],
): Promise<(Appended | 'log_unavailable')[]> {
  return Promise.all(
    appends.map(({ stream, event }) =>
      log.append(stream, [event], 'no_stream').catch((error) => {
        if (error.code !== 'log_unavailable') throw error;
        return 'log_unavailable' as const;
      }),
    ),
  );
}

/** What following gives until so many events are there. */
export async function follow(log: EventLog, after: bigint, count: number): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of log.follow(after, new AbortController().signal)) {
    events.push(...page);
    if (events.length >= count) break;
  }
  return events;
}

export function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map(({ id }) => id);
}
