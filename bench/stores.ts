import { LogDamaged } from '../src/events/errors.ts';
import type { EventLog } from '../src/events/event-log.ts';
import { type Config, readConfig } from '../src/settings/config.ts';
import { openLog } from '../src/stores/open-log.ts';
import { openStores } from '../src/stores/open-stores.ts';

/** The servers that a run uses, as settings of the service. Without them, it uses the embedded stores. */
export interface Engines {
  readonly EVENTSTORE_URL?: string;
  readonly MONGODB_URL?: string;
}

/** The settings of the service for its stores. */
export interface StoreSettings extends Engines {
  readonly DATA_DIR: string;
}

/** The two settings, as far as the environment has them. */
export function enginesIn(env: NodeJS.ProcessEnv): Engines {
  const { EVENTSTORE_URL, MONGODB_URL } = env;
  return { ...(EVENTSTORE_URL && { EVENTSTORE_URL }), ...(MONGODB_URL && { MONGODB_URL }) };
}

export function hasEngines({ EVENTSTORE_URL, MONGODB_URL }: Engines): boolean {
  return EVENTSTORE_URL !== undefined || MONGODB_URL !== undefined;
}

/** A URL without the user, the password and the options, which may hold secrets, too. */
export function shownUrl(url: string): string {
  return url.replace(/\?.*$/s, '').replace(/\/\/.*@/s, '//');
}

/**
 * Checks that the stores can be used; gives the position of the end of the log.
 * @throws {BadConfig | LogUnavailable | ReadModelUnavailable}
 * @throws Error if the views are of another log: the service would clear them and build its own
 */
export async function checkStores(settings: StoreSettings): Promise<bigint> {
  const foreign = new Error('The database of MONGODB_URL has the views of another log. Use a new database.');
  const { log, readModel, close } = await openStores(configOf(settings), say).catch((error) => {
    throw error instanceof LogDamaged && settings.MONGODB_URL !== undefined ? foreign : error;
  });
  try {
    const checkpoint = await readModel.checkpoint();
    if (checkpoint !== null && checkpoint.log !== log.id) throw foreign;
    return await log.head();
  } finally {
    await close();
  }
}

/** Opens the log for a while. */
export async function withLog<T>(settings: StoreSettings, work: (log: EventLog) => Promise<T>): Promise<T> {
  const log = await openLog(configOf(settings), say);
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

function configOf(settings: StoreSettings): Config {
  return readConfig({ ...settings });
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
