import type { Execute } from '../commands/execute.ts';
import type { Performed } from '../commands/import-command.ts';
import { operationsDecider } from '../commands/operations.ts';
import { decode } from '../events/decode.ts';
import type { EventLog } from '../events/event-log.ts';
import type { DomainEvent } from '../events/event-types.ts';
import { newId } from '../events/new-id.ts';
import { OPERATIONS_STREAM } from '../events/streams.ts';

/** From where on an installation performs the imports of a log. */
export interface Mark {
  readonly performed: Performed;
  /** When it was made: UTC, ISO 8601. */
  readonly madeAt: string;
}

/**
 * The mark of this log and installation; null: there is none yet. One of another log, which was loaded, or of another installation, whose
 * log was copied or restored, says nothing.
 * @param service the mark of the installation
 * @throws {LogUnavailable}
 */
export async function markIn(log: Pick<EventLog, 'id' | 'readStream'>, service: string): Promise<Mark | null> {
  const marked = (await log.readStream(OPERATIONS_STREAM))
    .filter(({ type }) => type === 'ImporterMarked')
    .map((event) => decode(event) as DomainEvent<'ImporterMarked'>);
  const own = marked.findLast(({ data }) => data.log === log.id && data.service === service);
  if (own === undefined) return null;
  return { performed: { log: log.id, after: BigInt(own.data.position) }, madeAt: own.metadata.occurred_at };
}

/**
 * The same, but it is made at the end of the log if there is none.
 * @returns the mark, and whether this call made it
 * @throws {LogUnavailable}
 */
export async function ensureMark(
  log: EventLog,
  execute: Execute,
  service: string,
): Promise<Mark & { readonly isNew: boolean }> {
  const known = await markIn(log, service);
  if (known !== null) return { ...known, isNew: false };
  const command = { type: 'MarkImporter', log: log.id, service, position: String(await log.head()) } as const;
  const { events } = await execute(operationsDecider, OPERATIONS_STREAM, command, { request_id: newId() });
  // Another node may have been first.
  const mark = (await markIn(log, service)) as Mark;
  return { ...mark, isNew: events.length > 0 };
}
