import { LogDamaged } from '../events/errors.ts';
import type { EventLog } from '../events/event-log.ts';
import type { OtherLog } from '../projections/errors.ts';
import { otherOf, ownCheckpoint } from '../projections/own-checkpoint.ts';
import type { ReadModel, ReadModelReader } from '../projections/read-model.ts';
import { VIEWS_VERSION } from '../projections/views.ts';
import type { Config } from '../settings/config.ts';
import { type OfOthers, recordAdoption } from './adoption.ts';

/** Whose views a read model has: those of this log, of another one, or of a past that this log no longer has. */

/** The name of the embedded views in messages. */
const VIEWS = `views-${VIEWS_VERSION}.db`;

/**
 * Makes the views this log's. If they are another log's, or of another past of this one, they are thrown away, if somebody says so.
 * @throws {OtherLog | LogDamaged | LogUnavailable | ReadModelUnavailable}
 */
export async function takePossession(
  log: EventLog,
  readModel: ReadModel,
  config: Config,
  warn: (message: string) => void,
  ofOthers: OfOthers,
): Promise<void> {
  const standing = await readModel.checkpoint();
  const other = await whyNotOurs(log, readModel, config);
  if (other !== null && standing !== null) {
    if (ofOthers === 'refuse') throw other;
    await recordAdoption(log, readModel, ofOthers, { store: 'views', from: standing.log });
    warn(
      `The views of log ${standing.log}, up to its position ${standing.position}, are thrown away: --adopt says so.`,
    );
    await readModel.clear();
  }
  await ownCheckpoint(log, readModel);
}

/** Checks that views are of this log, as it is now. @throws {OtherLog | LogDamaged | LogUnavailable | ReadModelUnavailable} */
export async function assertOurs(log: EventLog, readModel: ReadModelReader, config: Config): Promise<void> {
  const other = await whyNotOurs(log, readModel, config);
  if (other !== null) throw other;
}

/**
 * Why views are not this log's as it is now; null if they are. If they are ahead of their log, it has lost its end, or a copy of it (with
 * the same id) is projected into the same views.
 */
async function whyNotOurs(
  log: EventLog,
  readModel: ReadModelReader,
  config: Config,
): Promise<OtherLog | LogDamaged | null> {
  const checkpoint = await readModel.checkpoint();
  if (checkpoint === null || checkpoint.log !== log.id || checkpoint.position === 0n) return otherOf(checkpoint, log);
  const head = await log.head();
  if (checkpoint.position <= head) return otherOf(checkpoint, log);
  const { eventStoreUrl, mongodbUrl, dataDir } = config;
  const [where, restore] =
    eventStoreUrl === null ? [dataDir, 'restore events.db'] : ['EventStoreDB', 'restore EventStoreDB'];
  const separate =
    mongodbUrl === null
      ? `give each copy its own data directory, and delete ${VIEWS} here`
      : 'stop it, give it another database in MONGODB_URL, and drop this database: it is rebuilt from the log';
  return new LogDamaged(
    `The event log in ${where} ends at position ${head}, but the views have seen position ${checkpoint.position}. Either events were ` +
      `lost, or another copy of this log writes to the same views. If events were lost: ${restore} from a backup; to go on without them, ` +
      `start the service once with --adopt: the views are thrown away and built from this log. If there is a copy: ${separate}.`,
  );
}
