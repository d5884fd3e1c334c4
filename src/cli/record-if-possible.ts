import { reasonOf } from '../errors/reason-of.ts';
import type { EventLog } from '../events/event-log.ts';
import type { Config } from '../settings/config.ts';
import { openLog, openLogForReading } from '../stores/open-log.ts';

/** How long to wait for the log. */
const RECORDING_MS = 3_000;

/** Records what was done all the same if it cannot be recorded, and then says so. Nothing is made if there is no log. */
export async function recordIfPossible(
  config: Config,
  record: (log: EventLog) => Promise<void>,
  say: (text: string) => void,
): Promise<void> {
  try {
    await (await openLogForReading(config, () => {}, RECORDING_MS)).close();
    const log = await openLog(config, () => {}, { patienceMs: RECORDING_MS });
    await record(log).finally(() => log.close());
  } catch (error) {
    say(`This is not recorded in the log: ${reasonOf(error)}`);
  }
}
