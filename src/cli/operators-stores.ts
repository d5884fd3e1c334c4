import { accessDecider, type RecordAccess } from '../commands/access.ts';
import type { Decider } from '../commands/decider.ts';
import { type Course, executor } from '../commands/execute.ts';
import { operationsDecider, type RecordOperation } from '../commands/operations.ts';
import type { EventLog } from '../events/event-log.ts';
import { newId } from '../events/new-id.ts';
import { accessStream, OPERATIONS_STREAM, streamName } from '../events/streams.ts';
import { InlineProjector } from '../projections/inline-projector.ts';
import type { Stores } from '../projections/stores.ts';
import type { Operator } from './operator.ts';

/** The stores, while the service may be running on them, and what an operator does to them. */
export interface OperatorsStores extends Stores {
  /** Executes a command on one user, secret, webhook, connection or import; gives whether it recorded an event. */
  execute<State, Command>(
    kind: 'user' | 'secret' | 'webhook' | 'connection' | 'import',
    id: string,
    organizationId: string | null,
    decider: Decider<State, Command>,
    command: Command,
    course?: Course<State>,
  ): Promise<boolean>;
  /** Records what the operator did to the service itself. */
  record(operation: RecordOperation): Promise<void>;
  /** Records that the operator had access past the API. */
  recordAccess(access: RecordAccess): Promise<void>;
}

/** The streams of access and of operations have no view, so no read model is needed. */
const NO_VIEWS = new InlineProjector(null as never);

/**
 * Records in the log that the operator had access past the API.
 * @throws {LogUnavailable | WrongExpectedRevision}
 */
export async function recordAccess(log: EventLog, access: RecordAccess, by: Operator): Promise<void> {
  await executor(log, NO_VIEWS)(accessDecider, accessStream(log.id), access, { ...by, request_id: newId() });
}

/**
 * Records in the log what the operator did to the service itself.
 * @throws {LogUnavailable | WrongExpectedRevision}
 */
export async function recordOperation(log: EventLog, operation: RecordOperation, by: Operator): Promise<void> {
  await executor(log, NO_VIEWS)(operationsDecider, OPERATIONS_STREAM, operation, { ...by, request_id: newId() });
}

/** @param say says something to the person */
export function storesOfOperator(stores: Stores, by: Operator, say: (text: string) => void): OperatorsStores {
  const { log, readModel } = stores;
  const inline = new InlineProjector(readModel, {
    onFailure: () =>
      say('It is recorded, but the read model is away: the views show it after the service has caught up.'),
  });
  const executeOn = executor(log, inline);

  /** The organization in the last event of a user or secret; empty if there is no event, since its aggregate then refuses the command. */
  async function organizationOf(stream: string): Promise<string> {
    const last = (await log.readStream(stream)).at(-1);
    return last === undefined ? '' : (JSON.parse(last.metadata) as { organization_id: string }).organization_id;
  }

  return {
    ...stores,
    async execute(kind, id, organizationId, decider, command, course) {
      const stream = streamName(kind, id);
      const organization_id = organizationId ?? (await organizationOf(stream));
      const context = { organization_id, ...by, request_id: newId() };
      return (await executeOn(decider, stream, command, context, course)).events.length > 0;
    },
    async record(operation) {
      await executeOn(operationsDecider, OPERATIONS_STREAM, operation, { ...by, request_id: newId() });
    },
    async recordAccess(access) {
      await recordAccess(log, access, by);
    },
  };
}
