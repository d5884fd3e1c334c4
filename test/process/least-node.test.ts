import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startImports, startProcess } from '../support/process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('an older Node', () => {
  it('is told what brings the right one, by the service and by the command line', async () => {
    const directory = temporaryDirectory();
    try {
      const older = join(directory.path, 'older.cjs');
      writeFileSync(
        older,
        "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });",
      );
      const env = { NODE_OPTIONS: `--require=${older}`, DATA_DIR: directory.path };
      for (const started of [startProcess(env), startImports(env, ['users', 'list'])]) {
        const { code, stderr } = await started.ended();
        expect(stderr).to.match(/^This needs Node 24 or later, and .* is Node 20\.20\.2\. `npm ci` brings one.*\n$/);
        expect(code).to.equal(1);
      }
    } finally {
      directory.remove();
    }
  });
});
