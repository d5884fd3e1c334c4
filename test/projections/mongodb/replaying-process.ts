import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import { firstImport } from '../some-views.ts';

/**
 * Fills a version beside the live one in the database of a URL, and puts it in its place. It kills itself right before so manieth kind
 * of change that it asks the server for: a command for a collection that it has not sent before.
 */

const [url = '', kill = ''] = process.argv.slice(2);
const changes = new Set<string>();

const readModel = await openMongoReadModel({
  url,
  onCommand(name, collection) {
    if (name === 'find') return;
    // Indexes of the live version are made at each start.
    if (changes.size === 0 && name === 'createIndexes') return;
    changes.add(`${name} ${collection}`);
    if (changes.size === Number(kill)) process.kill(process.pid, 'SIGKILL');
  },
});
const version = await readModel.beside('the test');
await version.readModel.write({
  writes: ['a', 'b', 'c'].map((id) => firstImport({ id })),
  checkpoint: { from: null, to: { log: 'the log', position: 3n } },
});
await version.goLive();
await readModel.close();
