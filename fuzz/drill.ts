import { parseArgs } from 'node:util';
import { loseTheMachine } from '../test/support/lost-machine.ts';

/**
 * The drill: a service under load and its backup are killed, their whole folder is removed, the backup is restored elsewhere and verified, and the
 * service is started there. `npm run drill`, or with `-- --events 20000`. It prints what was lost of what the backup had acknowledged, and
 * ends with 1 if something was.
 */
const { events } = parseArgs({ options: { events: { type: 'string', default: '3000' } } }).values;
const { answered, acknowledged, after, lost } = await loseTheMachine(Number(events), console.log);
console.log(
  `${answered} imports were answered; ${after} of them came after what the backup had acknowledged, and went with the machine`,
);
for (const what of lost.slice(0, 20)) console.log(what);
console.log(
  `lost of the ${acknowledged.events} events and ${acknowledged.images} images that the backup had acknowledged: ${lost.length === 0 ? 'nothing' : lost.length}`,
);
process.exit(lost.length === 0 ? 0 : 1);
