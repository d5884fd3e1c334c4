import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import {
  type Checkpoint,
  CheckpointLost,
  type ReadModel,
  ReadModelUnavailable,
  ReplayUnderWay,
  type VersionBeside,
} from '../../../src/projections/read-model.ts';
import { anEvent, firstImport as first } from '../../projections/some-views.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';

/** The version beside the live one, which a replay fills and puts in its place. */
export function describeBeside(opened: () => ReadModel): void {
  const at = (position: bigint) => ({ log: 'the log', position });
  const begin = async (readModel: ReadModel, position: bigint): Promise<Checkpoint> => {
    await readModel.write({ writes: [], checkpoint: { from: null, to: at(position) } });
    return (await readModel.checkpoint()) as Checkpoint;
  };
  const left: VersionBeside[] = [];
  const beside = async (madeBy = 'this version'): Promise<VersionBeside> => {
    const version = await opened().beside(madeBy);
    left.push(version);
    return version;
  };

  describe('the version beside', () => {
    afterEach(async () => {
      for (const version of left.splice(0)) await version.close();
    });

    it('is empty at first, is named by a UUID, and is a read model that the live one knows nothing of', async () => {
      await begin(opened(), 5n);
      const { readModel, id, isResumed } = await beside();
      expect(id).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(isResumed).to.equal(false);
      expect(await readModel.checkpoint()).to.equal(null);
      const one = first();
      await readModel.write({ writes: [one], quarantined: [anEvent()] });
      expect((await readModel.get('import', one.view.id))?.view).to.deep.equal(one.view);
      expect(await opened().get('import', one.view.id)).to.equal(null);
      expect(await opened().quarantined()).to.deep.equal([]);
      const two = first();
      await opened().write({ writes: [two] });
      expect(await readModel.get('import', two.view.id)).to.equal(null);
    });

    it('has a generation of its own', async () => {
      const live = await begin(opened(), 5n);
      const { readModel } = await beside();
      expect((await begin(readModel, 5n)).generation).to.not.equal(live.generation);
    });

    it('has no version beside it', async () => {
      const { readModel } = await beside();
      expect(await rejectionOf(readModel.beside('this version'))).to.be.instanceOf(Error);
      expect(await readModel.besideStatus()).to.equal(null);
    });

    it('takes the place of the live one: what was only there is gone, what is in it is served', async () => {
      const [before, after] = [first(), first()];
      await begin(opened(), 5n);
      await opened().write({ writes: [before], quarantined: [anEvent()] });
      const version = await beside();
      await version.readModel.write({ writes: [after] });
      const checkpoint = await begin(version.readModel, 3n);
      await version.goLive();
      await until('the new one is served', async () => (await opened().get('import', after.view.id)) !== null);
      expect(await opened().get('import', before.view.id)).to.equal(null);
      expect(await opened().checkpoint()).to.deep.equal(checkpoint);
      expect(await opened().quarantined()).to.deep.equal([]);
      const { organization_id: organizationId } = after.kind === 'import' ? after.view : expect.fail();
      expect((await opened().listImports({ organizationId, limit: 9 })).imports).to.have.length(1);
    });

    it('takes writes once it is live, the very next one too', async () => {
      const one = first();
      await begin(opened(), 5n);
      const version = await beside();
      await begin(version.readModel, 5n);
      await version.goLive();
      expect(await opened().write({ writes: [one] })).to.deep.equal(['written']);
      await until('it shows', async () => (await opened().get('import', one.view.id)) !== null);
      expect(await opened().besideStatus()).to.equal(null);
    });

    it('loses the checkpoint of who followed into the one before, whatever its position is', async () => {
      const live = await begin(opened(), 5n);
      const version = await beside();
      await begin(version.readModel, 9n);
      await version.goLive();
      const checkpoint = { from: live, to: at(6n) };
      expect(await rejectionOf(opened().write({ writes: [], checkpoint }))).to.be.instanceOf(CheckpointLost);
    });

    it('can take the place of one that took the place of one', async () => {
      for (const position of [1n, 2n, 3n]) {
        const version = await beside();
        expect(version.isResumed).to.equal(false);
        await begin(version.readModel, position);
        await version.goLive();
        await until('it is live', async () => (await opened().checkpoint())?.position === position);
      }
    });

    it('can take the place of an empty one, and be empty', async () => {
      await (await beside()).goLive();
      const one = first();
      expect(await opened().write({ writes: [one] })).to.deep.equal(['written']);
    });

    it('is gone on with where it was left, by its id', async () => {
      const one = first();
      const version = await beside();
      await version.readModel.write({ writes: [one] });
      const checkpoint = await begin(version.readModel, 3n);
      await version.close();
      const again = await beside();
      expect(again).to.include({ id: version.id, isResumed: true });
      expect(await again.readModel.checkpoint()).to.deep.equal(checkpoint);
      await again.goLive();
      await until('it is live', async () => (await opened().get('import', one.view.id)) !== null);
    });

    it('is made anew where the one that was left was made by something else', async () => {
      const version = await beside('an older version');
      await begin(version.readModel, 3n);
      await version.close();
      const other = await beside('this version');
      expect(other).to.include({ isResumed: false }).and.not.include({ id: version.id });
      expect(await other.readModel.checkpoint()).to.equal(null);
    });

    it('is gone once it is discarded', async () => {
      const version = await beside();
      await begin(version.readModel, 3n);
      await version.discard();
      expect(await opened().besideStatus()).to.equal(null);
      expect((await beside()).isResumed).to.equal(false);
    });

    it('is refused to a second replay, until the first one is done with it', async () => {
      const version = await beside();
      expect(await rejectionOf(beside()))
        .to.be.instanceOf(ReplayUnderWay)
        .with.property('code', 'replay_under_way');
      expect(await rejectionOf(beside('another'))).to.be.instanceOf(ReplayUnderWay);
      await begin(version.readModel, 1n);
      await version.close();
      const again = await beside();
      expect(again.isResumed).to.equal(true);
      await again.goLive();
      expect((await beside()).isResumed).to.equal(false);
    });

    it('is told with its checkpoint while it is filled and while it is left', async () => {
      expect(await opened().besideStatus()).to.equal(null);
      const version = await beside();
      expect(await opened().besideStatus()).to.deep.equal({ id: version.id, checkpoint: null });
      const checkpoint = await begin(version.readModel, 3n);
      expect(await opened().besideStatus()).to.deep.equal({ id: version.id, checkpoint });
      await version.close();
      expect(await opened().besideStatus()).to.deep.equal({ id: version.id, checkpoint });
    });

    it('can be used no more once it was closed, discarded or put in the live one’s place', async () => {
      for (const end of ['close', 'discard', 'goLive'] as const) {
        const version = await beside(randomUUID());
        await version[end]();
        expect(await rejectionOf(version.readModel.checkpoint())).to.be.instanceOf(ReadModelUnavailable);
        expect(await rejectionOf(version.goLive())).to.be.instanceOf(Error);
        expect(await rejectionOf(version.discard())).to.be.instanceOf(Error);
        await version.close();
      }
    });

    it('does not hold up the live one while it is filled', async () => {
      const { readModel } = await beside();
      const filling = Promise.all(Array.from({ length: 20 }, () => readModel.write({ writes: [first(), first()] })));
      const one = first();
      expect(await opened().write({ writes: [one] })).to.deep.equal(['written']);
      expect(await opened().get('import', one.view.id)).to.not.equal(null);
      await filling;
    });
  });
}
