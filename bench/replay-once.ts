import { constants, setPriority } from 'node:os';
import { readConfig } from '../src/config.ts';
import { madeBy } from '../src/operations/replay/made-by.ts';
import { replay } from '../src/operations/replay/replay.ts';
import { openStores } from '../src/stores.ts';

/** Rebuilds the read model beside the live one and switches, as `imports replay` does. It has the service's settings, and prints `Rebuilt` as JSON. */

export interface Rebuilt {
  readonly events: number;
  /** Until the new version was level with the log; then until it was compared; then until it was live. */
  readonly fillSeconds: number;
  readonly compareSeconds: number;
  readonly switchSeconds: number;
  /** The most resident memory of the process. */
  readonly highestMb: number;
}

// Whoever wants the type only does not start it.
if (import.meta.main) await run();

async function run(): Promise<void> {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const { log, readModel, close } = await openStores(readConfig(process.env), say);
  const version = await readModel.beside(madeBy(log));
  const seconds: number[] = [];
  let last = performance.now();
  const lap = () => {
    seconds.push((performance.now() - last) / 1000);
    last = performance.now();
  };
  const { events, comparison } = await replay(
    log,
    readModel,
    version,
    {
      onProgress: () => {},
      onWarning: say,
      onFilled: lap,
      onDifference: async () => {},
      mayGoLive: async () => {
        lap();
        return true;
      },
    },
    new AbortController().signal,
  );
  lap();
  await version.close();
  await close();
  const { equal, ...others } = comparison;
  if (equal === 0 || others.changed + others.added + others.removed + others.late > 0) {
    throw new Error(`The rebuilt views differ: ${JSON.stringify(comparison)}`);
  }
  const [fillSeconds, compareSeconds, switchSeconds] = seconds as [number, number, number];
  const highestMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
  const rebuilt: Rebuilt = { events, fillSeconds, compareSeconds, switchSeconds, highestMb };
  process.stdout.write(JSON.stringify(rebuilt));
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
