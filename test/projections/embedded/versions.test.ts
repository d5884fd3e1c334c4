import { chmodSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import { EmbeddedVersions, fileOfVersion } from '../../../src/projections/embedded/versions.ts';
import { describeVersions } from '../../contracts/versions.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { firstImport } from '../some-views.ts';

describeVersions('embedded', async () => {
  const directory = temporaryDirectory();
  return {
    versions: new EmbeddedVersions(directory.path),
    openVersion: (version, views) => openEmbeddedReadModel({ file: fileOfVersion(directory.path, version), views }),
    cleanUp: async () => directory.remove(),
  };
});

describe('the versions in a data directory', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let versions: EmbeddedVersions;

  beforeEach(() => {
    directory = temporaryDirectory();
    versions = new EmbeddedVersions(directory.path);
  });

  afterEach(() => directory.remove());

  it('include everything of releases before 0.2 as one version, which is removed as one', async () => {
    const uuid = '0b9f2d0e-6c3b-4b7e-9c55-7f3c3a7d6f2e';
    for (const name of [`views-${uuid}.db`, `views-${uuid}.db-wal`, 'views.db.lock', 'events.db', 'views-7.db']) {
      writeFileSync(join(directory.path, name), 'xxxx');
    }
    symlinkSync(`views-${uuid}.db`, join(directory.path, 'views.db'));
    const [seven, old] = await versions.list();
    expect([seven?.name, old?.name]).to.deep.equal(['7', 'unnumbered']);
    expect(seven).to.include({ bytes: 4, checkpoint: null, usedAt: null });
    await versions.remove('unnumbered');
    expect(readdirSync(directory.path).sort()).to.deep.equal(['events.db', 'views-7.db']);
  });

  it('are listed, read and removed although they are open elsewhere', async () => {
    const readModel = await openEmbeddedReadModel({ file: fileOfVersion(directory.path, 6) });
    await readModel.write({ writes: [firstImport()] });
    const reader = await versions.open('6');
    expect(await reader.page('imports', null, 10)).to.have.length(1);
    await reader.close();
    await versions.remove('6');
    expect(await versions.list()).to.deep.equal([]);
    await readModel.close();
  });

  it('are none if there is no directory, whose room is that of the one above', async () => {
    const none = new EmbeddedVersions(join(directory.path, 'none', 'yet'));
    expect(await none.list()).to.deep.equal([]);
    expect(await none.roomBytes()).to.be.greaterThan(0);
  });

  it('are listed by a user who may only read', async () => {
    const readModel = await openEmbeddedReadModel({ file: fileOfVersion(directory.path, 6) });
    await readModel.write({ writes: [], checkpoint: { from: null, to: { log: 'the log', position: 1n } } });
    await readModel.close();
    chmodSync(directory.path, 0o500);
    try {
      expect((await versions.list())[0]?.checkpoint).to.include({ log: 'the log', position: 1n });
    } finally {
      chmodSync(directory.path, 0o700);
    }
  });
});
