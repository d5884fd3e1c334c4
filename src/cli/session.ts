import { userInfo } from 'node:os';
import type { Decider } from '../commands/decider.ts';
import { executor } from '../commands/execute.ts';
import { operationsDecider, type RecordOperation } from '../commands/operations.ts';
import { readConfig } from '../config.ts';
import type { EventLog } from '../events/event-log.ts';
import { newId } from '../events/new-id.ts';
import { OPERATIONS_STREAM, streamName } from '../events/streams.ts';
import { jwtSecret } from '../jwt-secret.ts';
import { InlineProjector } from '../projections/inline-projector.ts';
import type { ReadModel } from '../projections/read-model.ts';
import { assertLogIsThere, type OfOthers, openStores, openStoresForReading, PATIENCE_MS } from '../stores.ts';
import { Keys } from '../tokens/keys.ts';
import { say } from './say.ts';
import { surroundings } from './surroundings.ts';

/** Who started this process. Told at once: a process of root becomes one of the data directory's owner. */
const OPERATOR = nameOfUser();

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** What a subcommand works with, while the service may be running on the same stores. */
export interface Session {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  /** Made in development where there are none. */
  readonly keys: Keys;
  /** Executes a command on one user or secret; says whether anything came of it. */
  execute<State, Command>(
    kind: 'user' | 'secret',
    id: string,
    organizationId: string | null,
    decider: Decider<State, Command>,
    command: Command,
  ): Promise<boolean>;
  /** Puts on record what the operator did to the service itself. */
  record(operation: RecordOperation): Promise<void>;
}

/** The keys alone, for what needs no store. */
export function openKeys(): Keys {
  return new Keys(jwtSecret(readConfig(surroundings().env)));
}

/** What a subcommand means to do with the stores. */
export interface Intent {
  /** It only asks: nothing is made or changed by opening them, and nothing can be recorded or written. */
  readonly isAsking?: boolean;
  /** It may be the first that is ever done, and makes the stores where there are none. */
  readonly mayBegin?: boolean;
  readonly ofOthers?: OfOthers;
}

/** Opens the stores for one subcommand and closes them after it. */
export async function withSession(
  work: (session: Session) => Promise<void>,
  { isAsking = false, mayBegin = false, ofOthers }: Intent = {},
): Promise<void> {
  const config = readConfig(surroundings().env);
  if (!mayBegin) assertLogIsThere(config);
  const stores = await (isAsking
    ? openStoresForReading(config, say, PATIENCE_MS)
    : openStores(config, say, { ofOthers, patienceMs: PATIENCE_MS }));
  const { log, close } = stores;
  const readModel = stores.readModel as ReadModel;
  const inline = new InlineProjector(readModel, {
    onFailure: () => say('It is recorded, but the read model is away: it shows once the service has caught up.'),
  });
  const executeOn = executor(log, inline);

  const session: Session = {
    log,
    readModel,
    get keys() {
      return new Keys(jwtSecret(config));
    },
    async execute(kind, id, organizationId, decider, command) {
      const stream = streamName(kind, id);
      const organization_id = organizationId ?? (await organizationOf(stream));
      const context = { organization_id, operator: OPERATOR, request_id: newId() };
      return (await executeOn(decider, stream, command, context)).events.length > 0;
    },
    async record(operation) {
      const context = { operator: OPERATOR, request_id: newId() };
      await executeOn(operationsDecider, OPERATIONS_STREAM, operation, context);
    },
  };

  /** Whose user or secret it is now, as its last event has it. One that is unknown is refused by its aggregate in any case. */
  async function organizationOf(stream: string): Promise<string> {
    const last = (await log.readStream(stream)).at(-1);
    return last === undefined ? '' : (JSON.parse(last.metadata) as { organization_id: string }).organization_id;
  }

  try {
    await work(session);
  } finally {
    await close();
  }
}
