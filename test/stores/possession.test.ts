import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { accessStream } from '../../src/events/streams.ts';
import type { OfOthers } from '../../src/stores/adoption.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { startHere } from '../support/start-here.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const OTHER_PAST = /^The views belong to another past of this event log .*at position 3 they have seen event .*--adopt/;

describe('the views of a log of which an older backup was restored, to which other events came', () => {
  let data: EmbeddedData;
  let elsewhere: ReturnType<typeof temporaryDirectory>;

  const request = () => data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
  const start = (ofOthers?: OfOthers) => startHere(data.env, undefined, ofOthers);

  beforeEach(async () => {
    data = embeddedData();
    elsewhere = temporaryDirectory();
    const [log, backup] = [join(String(data.env.DATA_DIR), 'events.db'), join(elsewhere.path, 'backup.db')];
    await request();
    copyFileSync(log, backup);
    for (let count = 0; count < 2; count += 1) await request();
    await data.project();
    copyFileSync(backup, log);
    for (let count = 0; count < 3; count += 1) await request();
  });

  afterEach(() => {
    data.remove();
    elsewhere.remove();
  });

  it('are refused by a start and by the commands that use them, though the log is the same and longer', async () => {
    expect((await rejectionOf(start())).message).to.match(OTHER_PAST);
    for (const command of ['users list', 'verify --all', 'replay --yes', 'quarantine list', 'status --no-service']) {
      const { code, stdout, stderr } = await imports(data.env, ...command.split(' '));
      expect(code, command).to.equal(1);
      expect(stdout + stderr, command).to.match(/another past of this event log/);
    }
  });

  it('are built anew where that is said to be meant, on record', async () => {
    const service = await start({ operator: 'eve', host: 'here', reason: 'restored' });
    try {
      const { log } = service.services;
      await until('it is level', async () => (await fetch(`${service.url}/readyz`)).status === 200);
      const adopted = (await log.readStream(accessStream(log.id))).find(({ type }) => type === 'StoreAdopted');
      expect(JSON.parse(String(adopted?.data))).to.deep.equal({ store: 'views', from: log.id });
      expect(JSON.parse(String(adopted?.metadata))).to.include({ operator: 'eve', host: 'here', reason: 'restored' });
    } finally {
      await service.stop(0);
    }
    expect((await imports(data.env, 'verify', '--all')).stderr).to.match(/no difference/);
    await (await start()).stop(0);
  });
});
