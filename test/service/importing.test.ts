import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { IMPORT_LIFETIME_MS } from '../../src/events/import-events.ts';
import { serviceMark } from '../../src/events/service-mark.ts';
import { ensureMark } from '../../src/importer/mark.ts';
import { importing } from '../../src/service/importing.ts';
import { openCredentials } from '../../src/service/sealed-credentials.ts';
import { readConfig } from '../../src/settings/config.ts';
import { refusing } from '../../src/stores/adoption.ts';
import { Keys } from '../../src/tokens/keys.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { openImportStores } from '../support/import-stores.ts';
import { JWT_SECRET, startTestService } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;

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

  it('fails what has waited for too long, once somebody performs imports here: workers outside do not take all', async () => {
    const directory = temporaryDirectory();
    // By its place an installation is known.
    writeFileSync(join(directory.path, 'events.db'), '');
    const config = readConfig({ JWT_SECRET, DATA_DIR: directory.path, IMPORTER: 'off' });
    const stores = await openImportStores();
    const { log, execute } = stores;
    const logger = pino({ enabled: false });
    const keys = new Keys([JWT_SECRET]);
    const sealed = await openCredentials(config, keys, refusing('sealed', log), logger);
    const clock = new FakeClock();
    const imports = await importing(config, {
      ...{ ...stores, keys, sealed, logger, clock },
      observer: { attemptEnded() {}, expired() {}, swept() {} },
      whenLevel: async () => {},
      openUrl: () => null,
      onConnectionChange: () => {},
    });
    try {
      await imports.start();
      const head = await log.head();
      await clock.pass(MINUTE_MS);
      await ensureMark(log, execute, serviceMark(config, log));
      expect(await log.readAll(head, 10)).to.have.length(1);
      const id = await stores.request({ params: { url: 'https://example.com/1.png' } });
      await clock.pass(IMPORT_LIFETIME_MS);
      await until('it has failed', async () => {
        await clock.pass(MINUTE_MS);
        return (await stores.course(id)).at(-1) === 'Failed';
      });
    } finally {
      await imports.stop(0);
      await sealed.close();
      await stores.close();
      directory.remove();
    }
  });
});
