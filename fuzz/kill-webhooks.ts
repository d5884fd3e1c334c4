import { parseArgs } from 'node:util';
import { killedWhileSending } from '../test/subscribers/webhooks/service/killed.ts';
import { addUser, webhookNode } from '../test/subscribers/webhooks/service/webhook-node.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { startWebhookReceiver } from '../test/support/webhook-receiver.ts';

/**
 * Kills the service with SIGKILL again and again while it sends webhooks to a receiver on this machine, and checks that every import that was
 * acknowledged arrives. `npm run kill-webhooks`, or with `-- --times 500`. It ends with 1 if something was lost.
 */
const { times } = parseArgs({ options: { times: { type: 'string', default: '100' } } }).values;
const directory = temporaryDirectory();
const env = { DATA_DIR: directory.path };
await addUser(env);
const receiver = await startWebhookReceiver();
const node = webhookNode(env);
await node.start();
await node.register(receiver.url);
const seen = await killedWhileSending(node, receiver, Number(times), (round) => {
  if ((round + 1) % 10 === 0) console.log(`killed ${round + 1} times`);
});
console.log(
  `${seen.acknowledged} imports were acknowledged; ${seen.lost.length} of them did not arrive; ${seen.repeated} arrived more than once, with the same webhook-id`,
);
await node.kill();
await receiver.stop();
directory.remove();
process.exit(seen.lost.length === 0 ? 0 : 1);
