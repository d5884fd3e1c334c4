import type { EventLog } from '../events/event-log.ts';
import type { ReadModelReader } from '../projections/read-model.ts';
import type { Stores, StoresForReading } from '../projections/stores.ts';
import { VIEWS_VERSION } from '../projections/views.ts';
import type { Config } from '../settings/config.ts';
import type { Awaiting } from '../time/awaiting.ts';
import type { OfOthers } from './adoption.ts';
import { type OnDamage, openLog, openLogForReading } from './open-log.ts';
import { openReadModel, openReadModelForReading } from './open-read-model.ts';
import type { LogOptions, Warn } from './options.ts';
import { assertOurs, takePossession } from './possession.ts';
import { type Opened, withReadModel } from './with-read-model.ts';

export interface StoresOptions extends LogOptions {
  /** `refuse` unless set. */
  readonly ofOthers?: OfOthers;
  /** The version of the views; this release's unless set. */
  readonly version?: number;
}

/**
 * Opens the log and the read model of the configuration. Only this folder chooses among adapters. An adapter is loaded only if it is chosen.
 * @param warn is called with what an operator should know: damage, outages, recovery
 * @throws {BadConfig | LogDamaged | LogUnavailable | OtherLog | ReadModelUnavailable}
 */
export async function openStores(config: Config, warn: Warn, options: StoresOptions = {}): Promise<Opened<Stores>> {
  const { ofOthers = 'refuse', version = VIEWS_VERSION } = options;
  // The log first: if it is damaged, nothing else is touched.
  return withReadModel(
    await openLog(config, warn, options),
    openReadModel(config, warn, options, version),
    (log, readModel) => takePossession(log, readModel, config, warn, ofOthers),
  );
}

/**
 * Opens both for commands that only read: nothing is made or changed, if the engines can do without.
 * @param awaiting says which stores are waited for: both are asked at once, and one that still is asked when the other fails is closed later
 * @throws {BadConfig | LogDamaged | LogUnavailable | OtherLog | ReadModelUnavailable}
 */
export async function openStoresForReading(
  config: Config,
  warn: Warn,
  patienceMs = 0,
  onDamage?: OnDamage,
  awaiting: Awaiting | null = null,
): Promise<Opened<StoresForReading>> {
  const openLog = () => openLogForReading(config, warn, patienceMs, onDamage);
  const openViews = openReadModelForReading(config, warn, patienceMs);
  const check = (log: EventLog, readModel: ReadModelReader) => assertOurs(log, readModel, config);
  if (awaiting === null) return withReadModel(await openLog(), openViews, check);
  const readModel = awaiting.for(config.mongodbUrl === null ? 'the read model' : 'MongoDB', openViews());
  // Its failure is told if the log is there.
  readModel.catch(() => {});
  const log = await awaiting
    .for(config.eventStoreUrl === null ? 'the event log' : 'EventStoreDB', openLog())
    .catch((error) => {
      void readModel.then((opened) => opened.close()).catch(() => {});
      throw error;
    });
  return withReadModel(log, () => readModel, check);
}
