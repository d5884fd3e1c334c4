import { constants, setPriority } from 'node:os';
import { enlargeThreadPool } from '../machine/thread-pool.ts';

/** The operators' command line, `npx imports`. */

enlargeThreadPool();
const { run } = await import('./program.ts');

const { env, stdout, stderr } = process;
let interrupted = null as AbortController | null;
let isLeft = false;
process.exitCode = await run(process.argv.slice(2), {
  env,
  stdout,
  stderr,
  // A getter, because reading it opens standard input.
  get stdin() {
    return process.stdin;
  },
  get signal() {
    if (interrupted === null) {
      interrupted = new AbortController();
      // A second one ends the process at once.
      for (const end of ['SIGINT', 'SIGTERM']) process.once(end, () => interrupted?.abort());
    }
    return interrupted.signal;
  },
  again: async (more) => (await import('./again.ts')).runAgain({ ...env, ...more }),
  leave: () => {
    isLeft = true;
  },
  lowerPriority: () => setPriority(constants.priority.PRIORITY_BELOW_NORMAL),
});
// Node would wait for a reader that takes nothing any more, perhaps for ever.
if (isLeft || (interrupted?.signal.aborted && stdout.writableLength > 0)) process.exit();
