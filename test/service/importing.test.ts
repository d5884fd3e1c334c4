import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestService } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

describe('a node that performs no imports', () => {
  it('removes the drafts that a crash left of what workers outside brought', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory.path, 'tmp'));
    const draft = join(directory.path, 'tmp', randomUUID());
    writeFileSync(draft, 'some bytes');
    const longAgo = new Date(Date.now() - 3_700_000);
    utimesSync(draft, longAgo, longAgo);
    const service = await startTestService({ DATA_DIR: directory.path, IMPORTER: 'off' });
    try {
      await until('it is removed', () => !existsSync(draft));
    } finally {
      await service.stop();
      directory.remove();
    }
  });
});
