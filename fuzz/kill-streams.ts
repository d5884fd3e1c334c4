import { parseArgs } from 'node:util';
import { killedWhileStreaming } from '../test/support/killed-streams.ts';

/**
 * Kills the service with SIGKILL again and again while its feed is read, and checks that every event arrives once and in order.
 * `npm run kill-streams`, or with `-- --times 500`. It ends with 1 if something was lost, came twice or came in another order.
 */
const { times } = parseArgs({ options: { times: { type: 'string', default: '100' } } }).values;
const { recorded, received, acknowledged } = await killedWhileStreaming(Number(times), (count) => {
  if (count % 10 === 0) console.log(`killed ${count} times`);
});
const isRight = received.every((ids) => ids.join() === recorded.join()) && recorded.length >= acknowledged.length;
console.log(
  `${acknowledged.length} imports were acknowledged, and ${recorded.length} recorded; the readers got ${received.map((ids) => `${ids.length} events, ${new Set(ids).size} of them different`).join('; ')}`,
);
console.log(isRight ? 'each event came once and in order' : 'this is wrong');
process.exit(isRight ? 0 : 1);
