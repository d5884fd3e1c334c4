import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { idDespiteDamage } from '../events/embedded/check.ts';
import { fileOfLog } from '../events/service-mark.ts';
import type { Config } from '../settings/config.ts';

/** What MongoDB has in the place of files in the data directory. */
const IN_MONGODB = /^(views(-\d{1,9})?|deliveries|sealed)\.db$/;

/**
 * The embedded stores in the data directory that are not used, because the settings name a server for what they hold: each with the reason.
 * They are what is left after a move, or a setting leads somewhere else than is meant.
 */
export function unusedStores({
  eventStoreUrl,
  mongodbUrl,
  dataDir,
}: Pick<Config, 'eventStoreUrl' | 'mongodbUrl' | 'dataDir'>): string[] {
  const names = namesIn(dataDir);
  const file = fileOfLog(dataDir);
  const log =
    eventStoreUrl !== null && names.includes('events.db') ? [`events.db (${ofLog(file)}EVENTSTORE_URL is set)`] : [];
  const others = mongodbUrl === null ? [] : names.filter((name) => IN_MONGODB.test(name)).sort();
  return [...log, ...(others.length === 0 ? [] : [`${others.join(', ')} (MONGODB_URL is set)`])];
}

/** The same in a sentence; null: there are none. */
export function unusedStoresText(config: Parameters<typeof unusedStores>[0]): string | null {
  const unused = unusedStores(config);
  return unused.length === 0 ? null : `${resolve(config.dataDir)} has stores that are not used: ${unused.join('; ')}`;
}

function ofLog(file: string): string {
  const id = idDespiteDamage(file);
  return id === null ? '' : `of log ${id}; `;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Whoever uses the folder says what is wrong with it.
    return [];
  }
}
