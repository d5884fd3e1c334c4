import { type Execute, executor } from '../../src/commands/execute.ts';
import { importDecider } from '../../src/commands/import.ts';
import { decode } from '../../src/events/decode.ts';
import { LogUnavailable } from '../../src/events/errors.ts';
import type { Appended, EventLog, RecordedEvent } from '../../src/events/event-log.ts';
import type { DomainEvent, Fact } from '../../src/events/event-types.ts';
import type { Params } from '../../src/events/import-events.ts';
import { newId } from '../../src/events/new-id.ts';
import { streamName } from '../../src/events/streams.ts';
import type { Claim } from '../../src/importer/claims.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import type { ImportView } from '../../src/projections/views.ts';
import { METADATA } from './events.ts';
import { openTestStores, type TestStores } from './stores.ts';

/** How a log can fail. `before`, `after`: the append is not written, or is, and the outcome is unknown either way. */
interface LogFaults {
  append: 'before' | 'after' | null;
  reads: boolean;
  refusedReads: number;
}

/** What a request is made of. */
interface Asked {
  readonly params?: Params;
  readonly organization?: string;
  readonly redacted?: readonly string[];
}

/** The stores of one test with imports in them. The log does not work while the test says so. */
export interface ImportStores extends TestStores {
  readonly execute: Execute;
  readonly faults: LogFaults;
  /** Asks for an import, and gives its id. */
  request(asked?: Asked): Promise<string>;
  /** What happened to an import. */
  story(id: string): Promise<DomainEvent[]>;
  /** The same, as the types of the events without their beginning. */
  course(id: string): Promise<string[]>;
  /** The data of the last event, with its type. */
  last(id: string): Promise<Fact>;
  viewOf(id: string): Promise<ImportView>;
  /** Calls the listener with each new event of the log. Gives the function that ends it. */
  watch(listener: (event: RecordedEvent) => void): () => void;
}

export async function openImportStores(): Promise<ImportStores> {
  const stores = await openTestStores();
  const faults: LogFaults = { append: null, reads: false, refusedReads: 0 };
  const listeners = new Set<(event: RecordedEvent) => void>();
  const log = faulty(stores.log, faults, async ({ position }) => {
    const [event] = await stores.log.readAll(position - 1n, 1);
    for (const listener of listeners) listener(event as RecordedEvent);
  });
  const execute = executor(log, new InlineProjector(stores.readModel));
  const story = async (id: string) => (await stores.log.readStream(streamName('import', id))).map(decode);
  return {
    ...{ ...stores, log, execute, faults, story },
    async request({ params = {}, organization = METADATA.organization_id, redacted = [] } = {}) {
      const id = newId();
      const asked = { organization_id: organization, import_type: null, album_id: 'an album', params, redacted };
      const context = { organization_id: organization, request_id: `request of ${id}` };
      await execute(importDecider, streamName('import', id), { type: 'CreateImport', ...asked }, context);
      return id;
    },
    course: async (id) => (await story(id)).map(({ type }) => type.replace('Import', '')),
    async last(id) {
      const { type, data } = (await story(id)).at(-1) as DomainEvent;
      return { type, data } as Fact;
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    viewOf: async (id) => (await stores.readModel.get('import', id))?.view as ImportView,
  };
}

function faulty(log: EventLog, faults: LogFaults, onAppended: (appended: Appended) => Promise<void>): EventLog {
  return new Proxy(log, {
    get(_log, name) {
      if (name === 'append') return append;
      if (name === 'readStream') return readStream;
      const member = Reflect.get(log, name);
      return typeof member === 'function' ? member.bind(log) : member;
    },
  });

  async function append(...args: Parameters<EventLog['append']>): ReturnType<EventLog['append']> {
    if (faults.append === 'before') throw new LogUnavailable('the test says so');
    const appended = await log.append(...args);
    await onAppended(appended);
    if (faults.append === 'after') throw new LogUnavailable('the test says so');
    return appended;
  }

  async function readStream(...args: Parameters<EventLog['readStream']>): ReturnType<EventLog['readStream']> {
    if (faults.reads) {
      faults.refusedReads += 1;
      throw new LogUnavailable('the test says so');
    }
    return log.readStream(...args);
  }
}

/** A claim of an import that is in no log. */
export function claimFor(
  importId: string,
  params: Params = { url: 'https://example.com/1.png' },
  redacted: readonly string[] = [],
): Claim {
  const { organization_id: organizationId } = METADATA;
  const request = {
    organization_id: organizationId,
    import_type: null,
    album_id: null,
    params,
    redacted: [...redacted],
  };
  return {
    ...{ importId, organizationId, albumId: null, revision: 1, eventId: newId(), attempt: 1, worker: 'a worker' },
    ...{ deadlineMs: Date.now() + 120_000, params, request },
  };
}
