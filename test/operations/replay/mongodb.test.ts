import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { replay } from '../../../src/operations/replay/replay.ts';
import { Follower } from '../../../src/projections/follower.ts';
import { InlineProjector } from '../../../src/projections/inline-projector.ts';
import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { describeWithMongodb, freshDatabase } from '../../support/mongodb.ts';
import { openTestStores } from '../../support/stores.ts';
import { until } from '../../support/until.ts';

const silent = { info: () => {}, warn: () => {} };

describeWithMongodb('a replay in MongoDB', () => {
  it('tells which view differs, switches, and takes along what came meanwhile', async () => {
    const { log, close } = await openTestStores();
    const database = await freshDatabase();
    const readModel = await openMongoReadModel({ url: database.url });
    try {
      const append = async (id: string) => {
        await log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
        return id;
      };
      const ids = [randomUUID(), randomUUID(), randomUUID()];
      for (const id of ids) await append(id);
      await new Follower(log, readModel, new InlineProjector(readModel), silent).untilLevel();
      const [wrong] = ids as [string];
      const stored = await readModel.get('import', wrong);
      if (stored === null) throw new Error('there is no view');
      await readModel.repair('import', wrong, stored, { ...stored, view: { ...stored.view, album_id: 'another' } });
      const version = await readModel.beside('this version');
      const told: string[] = [];
      let late = '';
      const { comparison, isLive } = await replay(
        log,
        readModel,
        version,
        {
          onProgress: () => {},
          onWarning: () => {},
          onFilled: () => {},
          onDifference: async ({ id, what }) => void told.push(`${what} ${id}`),
          mayGoLive: async () => {
            late = await append(randomUUID());
            return true;
          },
        },
        new AbortController().signal,
      );
      expect({ isLive, told }).to.deep.equal({ isLive: true, told: [`changed ${wrong}`] });
      expect(comparison).to.include({ equal: 2, changed: 1, added: 0, removed: 0, late: 0 });
      const albumOf = async (id: string) => (await readModel.get('import', id))?.view.album_id;
      await until('it is live', async () => (await albumOf(wrong)) === stored.view.album_id);
      expect(await albumOf(late)).to.equal(stored.view.album_id);
    } finally {
      await readModel.close();
      await database.drop();
      await close();
    }
  });
});
