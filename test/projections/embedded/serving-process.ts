import { createInterface } from 'node:readline';
import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import { newId } from '../../../src/events/new-id.ts';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import { Follower } from '../../../src/projections/follower.ts';
import { InlineProjector } from '../../../src/projections/inline-projector.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { projectInline } from '../../support/projected.ts';

/**
 * A process on the stores in the folder that it is given. As `serve`, it appends imports and projects them inline, like the service
 * does, until its input ends; then it prints their ids. As `replay`, it fills version after version and puts each in its place.
 */

const [directory = '', role = ''] = process.argv.slice(2);
const silent = { info: () => {}, warn: () => {} };
const log = await openEmbeddedLog({ file: `${directory}/events.db` });
const readModel = await openEmbeddedReadModel({ file: `${directory}/views.db` });

if (role === 'replay') {
  for (;;) {
    const version = await readModel.beside('the test');
    const inline = new InlineProjector(version.readModel);
    await new Follower(log, version.readModel, inline, silent).untilLevel();
    await version.goLive();
    console.log('live');
  }
}

const inline = new InlineProjector(readModel);
const follower = new Follower(log, readModel, inline, silent);
follower.start();
let isServing = true;
createInterface({ input: process.stdin }).once('close', () => {
  isServing = false;
});
const ids: string[] = [];
while (isServing) {
  const id = newId();
  const stream = `import-${id}`;
  await log.append(stream, [newEvent(IMPORT_REQUESTED)], 'no_stream');
  ids.push(id);
  const stored = await projectInline(log, inline, stream);
  if (stored?.revision !== 0) throw new Error(`the view of ${id} is at revision ${stored?.revision}`);
}
await follower.stop();
await readModel.close();
await log.close();
process.stdout.write(`${ids.join('\n')}\n`);
