import { constants, setPriority } from 'node:os';
import { fillVersion } from '../src/operations/replay/fill-version.ts';
import { VIEWS_VERSION } from '../src/projections/views.ts';
import { readConfig } from '../src/settings/config.ts';
import { openVersions } from '../src/stores/open-read-model.ts';
import { openStores } from '../src/stores/open-stores.ts';

/**
 * Fills a second version of the views, as `imports replay` of another release does, and removes it. It reads the service's settings and
 * prints `Filled` as JSON.
 */

export interface Filled {
  readonly events: number;
  readonly seconds: number;
  /** The highest resident memory of the process. */
  readonly highestMb: number;
}

// An import of the type does not start it.
if (import.meta.main) await run();

async function run(): Promise<void> {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const config = readConfig(process.env);
  const version = VIEWS_VERSION + 1;
  const { log, readModel, close } = await openStores(config, say, { version });
  const began = performance.now();
  const hooks = { onProgress: async () => {}, onWarning: say };
  const events = await fillVersion(log, readModel, hooks, new AbortController().signal);
  const seconds = (performance.now() - began) / 1000;
  await close();
  const versions = await openVersions(config, say);
  await versions.remove(String(version));
  await versions.close();
  const highestMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
  const filled: Filled = { events, seconds, highestMb };
  process.stdout.write(JSON.stringify(filled));
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
