import type { EventLog } from '../src/events/event-log.ts';
import { observedLog } from '../src/events/observed-log.ts';
import { Follower } from '../src/projections/follower.ts';
import { InlineProjector } from '../src/projections/inline-projector.ts';
import { readConfig } from '../src/settings/config.ts';
import { openStores } from '../src/stores/open-stores.ts';

/**
 * Brings an empty read model level with its log, clears it, and does so again. It reads the service's settings and prints `Passes` as
 * JSON.
 */

export interface Pass {
  readonly events: number;
  readonly seconds: number;
}

export interface Passes {
  readonly followed: Pass;
  readonly rebuilt: Pass;
}

// An import of the types does not start it.
if (import.meta.main) await run();

async function run(): Promise<void> {
  const { log, readModel, close } = await openStores(readConfig(process.env), say);
  let events = 0;
  const counted: EventLog = {
    ...observedLog(log, { appended: () => {}, appendFailed: () => {} }),
    async *follow(after, signal) {
      for await (const page of log.follow(after, signal)) {
        events += page.length;
        yield page;
      }
    },
  };
  const timed = async (work: () => Promise<void>): Promise<Pass> => {
    events = 0;
    const began = performance.now();
    await work();
    return { events, seconds: (performance.now() - began) / 1000 };
  };
  const follow = () =>
    new Follower(counted, readModel, new InlineProjector(readModel), {
      info: () => {},
      warn: (_fields, message) => say(message),
    }).untilLevel();
  const followed = await timed(follow);
  const rebuilt = await timed(async () => {
    await readModel.clear();
    await follow();
  });
  await close();
  const passes: Passes = { followed, rebuilt };
  process.stdout.write(JSON.stringify(passes));
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
