import type { Config } from './config.ts';
import { LogDamaged } from './events/errors.ts';
import type { EventLog } from './events/event-log.ts';
import { ownCheckpoint } from './projections/own-checkpoint.ts';
import { NO_LOG } from './projections/projector-store.ts';
import type { ReadModel, ReadModelReader } from './projections/read-model.ts';
import { VIEWS_VERSION } from './projections/views.ts';

/** Whose views a read model has: those of this log, of another one, or of a past that this log no longer has. */

/** What to do with views of another log: refuse them, or throw them away (`--adopt`). */
export type OfOthers = 'refuse' | 'throw away';

/** The name of the embedded views in messages. */
const VIEWS = `views-${VIEWS_VERSION}.db`;

/** Makes the views this log's, unless they belong to another. @throws {OtherLog | LogDamaged | ReadModelUnavailable} */
export async function takePossession(
  log: EventLog,
  readModel: ReadModel,
  config: Config,
  warn: (message: string) => void,
  ofOthers: OfOthers,
): Promise<void> {
  const standing = await readModel.checkpoint();
  if (standing !== null && standing.log !== log.id && standing.log !== NO_LOG) {
    if (ofOthers === 'throw away') {
      warn(
        `The views of log ${standing.log}, up to its position ${standing.position}, are thrown away: --adopt says so.`,
      );
      await readModel.clear();
    }
  }
  await ownCheckpoint(log, readModel);
  await assertNothingLost(log, readModel, config);
}

/**
 * Checks that the views are not ahead of their log. If they are, the log has lost its end, or a copy of it (with the same id) is projected
 * into the same views.
 * @throws {LogDamaged}
 */
export async function assertNothingLost(log: EventLog, readModel: ReadModelReader, config: Config): Promise<void> {
  const checkpoint = await readModel.checkpoint();
  if (checkpoint === null || checkpoint.log !== log.id || checkpoint.position === 0n) return;
  const head = await log.head();
  if (checkpoint.position <= head) return;
  const { eventStoreUrl, mongodbUrl, dataDir } = config;
  const [where, restore] =
    eventStoreUrl === null ? [dataDir, 'restore events.db'] : ['EventStoreDB', 'restore EventStoreDB'];
  const separate =
    mongodbUrl === null
      ? `give each copy its own data directory, and delete ${VIEWS} here`
      : 'stop it, give it another database in MONGODB_URL, and drop this database: it is rebuilt from the log';
  const forget = mongodbUrl === null ? `delete ${VIEWS}` : 'drop the database of MONGODB_URL';
  throw new LogDamaged(
    `The event log in ${where} ends at position ${head}, but the views have seen position ${checkpoint.position}. Either events were ` +
      `lost, or another copy of this log writes to the same views. If events were lost: ${restore} from a backup; to go on without them, ` +
      `${forget} as well. If there is a copy: ${separate}.`,
  );
}
