import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import { newId } from '../../../src/events/new-id.ts';
import { NoRoom } from '../../../src/operations/replay/room.ts';
import { EmbeddedVersions } from '../../../src/projections/embedded/versions.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { JWT_SECRET } from '../../support/service.ts';
import { startHere } from '../../support/start-here.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describe('the start of a node without room for its version of the views', () => {
  const { roomBytes } = EmbeddedVersions.prototype;
  const data = temporaryDirectory();
  const env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: data.path };

  after(() => {
    EmbeddedVersions.prototype.roomBytes = roomBytes;
    data.remove();
  });

  it('is refused if the version is yet to be filled, and only then', async () => {
    EmbeddedVersions.prototype.roomBytes = async () => 1_000_000;
    const log = await openEmbeddedLog({ file: join(data.path, 'events.db') });
    await log.append(`import-${newId()}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
    await log.close();
    expect(await rejectionOf(startHere(env))).to.be.instanceOf(NoRoom);

    EmbeddedVersions.prototype.roomBytes = roomBytes;
    const first = await startHere(env);
    await first.services.follower.whenLevel();
    await first.stop(0);
    EmbeddedVersions.prototype.roomBytes = async () => 1_000_000;
    await (await startHere(env)).stop(0);
  });
});
