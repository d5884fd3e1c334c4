import { parseArgs } from 'node:util';
import { killedWhilePerforming } from '../test/support/killed-importers.ts';

/**
 * Kills those who perform imports with SIGKILL again and again: a service and another process on the same folder. Then it checks that each
 * import has exactly one image, whose bytes are whole. `npm run kill-importers`, or with `-- --times 500`. It ends with 1 if not.
 */
const { times } = parseArgs({ options: { times: { type: 'string', default: '100' } } }).values;
const { recorded, acknowledged, takenOver, wrong } = await killedWhilePerforming(Number(times), (count) => {
  if (count % 10 === 0) console.log(`killed ${count} times`);
});
console.log(`${acknowledged} imports were acknowledged, ${recorded} recorded; ${takenOver} claims were taken over`);
for (const line of wrong) console.log(line);
console.log(wrong.length === 0 ? 'each import has one image, whole' : 'this is wrong');
process.exit(wrong.length === 0 ? 0 : 1);
