import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { exportLine } from '../../../src/operations/transfer/event-line.ts';
import { embeddedData } from '../../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent, USER_REGISTERED } from '../../support/events.ts';
import { imports } from '../../support/imports.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describe('npx imports restore, of a backup with a stream that lacks its beginning', () => {
  it('brings back all else, sets aside what no log can have, says so, and ends with 3', async () => {
    const [data, directory] = [embeddedData(), temporaryDirectory()];
    await data.append('user-f1900bba-e339-4dc9-87df-9dc8665adead', newEvent(USER_REGISTERED));
    const backup = join(directory.path, 'backup');
    await imports(data.env, 'backup', backup);
    const [segment = ''] = readdirSync(join(backup, 'events'));
    // As EventStoreDB has a stream that was deleted, scavenged and begun again.
    const cut: RecordedEvent = {
      ...newEvent(IMPORT_REQUESTED),
      ...{ stream: 'import-3d172b54-f40f-4df9-9342-0b042fac5383', revision: 1, position: 9n },
    };
    appendFileSync(join(backup, 'events', segment), exportLine(cut));
    const dataDir = join(directory.path, 'data');
    const env = { ...data.env, DATA_DIR: dataDir };
    const { code, stdout, stderr } = await imports(env, 'restore', backup, '--yes', '--json');
    expect(code, stderr).to.equal(3);
    expect(JSON.parse(stdout)).to.deep.include({ events: 1, set_aside: 1 });
    expect(stderr).to.contain('1 event could not be brought back');
    expect(readFileSync(join(dataDir, 'set-aside.ndjson'), 'utf8')).to.equal(exportLine(cut));
    const all = await imports(env, 'events', '--json');
    const types = all.stdout.split('\n').slice(0, -1);
    expect(types.map((line) => JSON.parse(line).type)).to.deep.equal(['UserRegistered', 'LogRestored']);
    directory.remove();
    data.remove();
  });
});
