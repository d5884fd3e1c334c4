import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Fills a version beside the read model of the file that it is given with views of these ids, and puts it in its place.
 * Where it is given a number, it kills itself right before so manieth change of the file system by the adapter.
 */

const [file = '', ids = '', steps = 'Infinity'] = process.argv.slice(2);
let left = Number(steps);
for (const name of ['renameSync', 'rmSync', 'symlinkSync'] as const) {
  const change = fs[name] as (...parameters: unknown[]) => void;
  Object.assign(fs, {
    [name]: (...parameters: unknown[]) => {
      if (left <= 0) process.kill(process.pid, 'SIGKILL');
      left -= 1;
      change(...parameters);
    },
  });
}
syncBuiltinESMExports();

const { openEmbeddedReadModel } = await import('../../../src/projections/embedded/embedded-read-model.ts');
const { importView } = await import('../some-views.ts');

const readModel = await openEmbeddedReadModel({ file });
const version = await readModel.beside('the test');
const standing = await version.readModel.checkpoint();
console.log(version.isResumed ? 'resumed' : 'begun');
const views = ids.split(',').map((id) => importView({ id }));
await version.readModel.write({
  writes: standing !== null ? [] : views.map((view) => ({ kind: 'import', expectedRevision: null, revision: 0, view })),
  checkpoint: { from: standing, to: { log: 'the log', position: 1n } },
});
await version.goLive();
console.log('live');
await readModel.close();
