import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FolderPlace } from '../../../src/operations/backup/folder-place.ts';
import { readSealed, sealedText, writeSealed } from '../../../src/operations/backup/sealed-secrets.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describe('the sealed secrets in a backup', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let place: FolderPlace;

  beforeEach(() => {
    directory = temporaryDirectory();
    place = new FolderPlace(directory.path);
  });

  afterEach(() => directory.remove());

  const kept = new Map(
    Array.from({ length: 1_200 }, (_, index) => [
      `connection ${String(index).padStart(4, '0')}`,
      Buffer.from([index & 255, 0xff, 0]),
    ]),
  );
  const store = {
    ids: async (beginning: string, after: string | null, limit: number) =>
      [...kept.keys()].filter((id) => id.startsWith(beginning) && id > (after ?? '')).slice(0, limit),
    get: async (id: string) => kept.get(id) ?? null,
  };

  it('are all of connections, as they are sealed', async () => {
    await writeSealed(place, await sealedText(store));
    expect(await readSealed(place)).to.deep.equal(Array.from(kept, ([id, sealed]) => ({ id, sealed })));
  });

  it('are none before the first were written, and if there are none', async () => {
    expect(await readSealed(place)).to.deep.equal([]);
    await writeSealed(place, await sealedText({ ids: async () => [], get: async () => null }));
    expect(await readSealed(place)).to.deep.equal([]);
  });

  it('are checked when they are read', async () => {
    await writeSealed(place, await sealedText(store));
    const file = join(directory.path, 'sealed.ndjson');
    writeFileSync(file, readFileSync(file, 'utf8').replace('0007', '0008'));
    expect(await rejectionOf(readSealed(place))).to.have.property('code', 'backup_damaged');
  });
});
