import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { asQuarantined } from '../../src/projections/decode-or-quarantine.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports, runImports } from '../support/imports.ts';
import { VIEWS_FILE } from '../support/stores.ts';

describe('npx imports replay', () => {
  let data: EmbeddedData;
  let id: string;

  beforeEach(async () => {
    data = embeddedData();
    id = newId();
    await data.append(`import-${id}`, newEvent(IMPORT_REQUESTED));
    await data.project();
  });

  afterEach(() => data.remove());

  it('--only leaves nothing in the quarantine of a view that it repaired', async () => {
    const stream = `import-${id}`;
    await data.with(async (log, readModel) => {
      const events = await log.readStream(stream);
      const quarantined = events.map((event) => asQuarantined(event, 'its view could not be read'));
      await readModel.write({ writes: [], quarantined });
    });
    data.sql(VIEWS_FILE, 'DELETE FROM imports');
    expect((await imports(data.env, 'quarantine', 'list')).stdout).to.include(stream);
    expect((await imports(data.env, 'replay', '--only', id)).code).to.equal(0);
    expect((await imports(data.env, 'quarantine', 'list')).stdout).to.equal('');
  });

  it('--only repairs an import with an event that only a newer release knows', async () => {
    await data.with((log) => log.append(`import-${id}`, [newEvent({ type: 'ImportPolished', data: {} })], 0));
    await data.project();
    data.sql(VIEWS_FILE, "UPDATE imports SET album_id = 'another'");
    const repaired = await imports(data.env, 'replay', '--only', id, '--json');
    expect([repaired.code, repaired.stderr]).to.deep.equal([0, 'The view was written again from the log.\n']);
    expect(JSON.parse(repaired.stdout)).to.be.an('object');
    expect(await imports(data.env, 'verify', '--all')).to.include({ code: 0, stdout: '' });
  });

  it('of views that are filled ends with 130 at Ctrl-C, also while it catches up', async () => {
    await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
    const replaying = runImports(data.env, ['replay', '--yes']);
    replaying.interrupt();
    const { code, stderr: said } = await replaying.ended;
    expect(code).to.equal(130);
    expect(said).to.match(/Interrupted/);
  });
});
