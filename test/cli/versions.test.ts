import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RecordedEvent } from '../../src/events/event-log.ts';
import { newId } from '../../src/events/new-id.ts';
import { VIEWS_VERSION } from '../../src/projections/views.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports, runImports } from '../support/imports.ts';
import { VIEWS_FILE } from '../support/stores.ts';
import { until } from '../support/until.ts';

describe('npx imports versions', () => {
  let data: EmbeddedData;

  beforeEach(async () => {
    data = embeddedData();
    await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
    await data.project();
  });

  afterEach(() => data.remove());

  it('records who removed a version, and why', async () => {
    await data.project();
    const why = ['--operator', 'ada', '--reason', 'ticket 4711'];
    const { code, stderr: said } = await imports(
      data.env,
      'versions',
      'remove',
      String(VIEWS_VERSION),
      '--yes',
      ...why,
    );
    expect([code, said]).to.deep.equal([0, `Version ${VIEWS_VERSION} is removed.\n`]);
    const events = await data.with((log) => log.readStream('operations'));
    const { type, data: facts, metadata } = events.at(-1) as RecordedEvent;
    expect([type, JSON.parse(facts)]).to.deep.equal(['ViewsRemoved', { version: String(VIEWS_VERSION) }]);
    expect(JSON.parse(metadata)).to.include({ operator: 'ada', reason: 'ticket 4711' });
  });

  it('refuses to remove a version of another log, or with no log, until it is told', async () => {
    const remove = (...more: string[]) =>
      imports(data.env, 'versions', 'remove', String(VIEWS_VERSION), '--yes', ...more);
    const folder = data.env.DATA_DIR as string;
    for (const file of readdirSync(folder)) if (file.startsWith('events.db')) rmSync(join(folder, file));
    expect((await remove()).stderr).to.match(/there is no events\.db .* Is DATA_DIR right\?/);
    await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
    const { code, stderr: said } = await remove();
    expect(said).to.match(
      /^Version \d+ is of another event log \(.*\)\. This is log .*\. Nothing was removed\. .*--adopt/,
    );
    expect([code, existsSync(join(folder, VIEWS_FILE))]).to.deep.equal([1, true]);
    expect((await remove('--adopt')).code).to.equal(0);
    expect(existsSync(join(folder, VIEWS_FILE))).to.equal(false);
  });

  it('does not remove a version that a node begins to use while the person is asked', async () => {
    const removing = runImports(data.env, ['versions', 'remove', String(VIEWS_VERSION)], { isAtTerminal: true });
    await until('it asks', () => removing.stderr().includes('Remove version'));
    await data.with(async (_, readModel) => {
      await readModel.noteUse((await readModel.checkpoint())?.generation as string);
    });
    removing.stdin.write('yes\n');
    const { code, stderr: said } = await removing.ended;
    expect(code).to.equal(1);
    expect(said).to.match(/is in use/);
  });
});
