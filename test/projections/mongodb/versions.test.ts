import { expect } from 'chai';
import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import {
  type ReadModel,
  ReadModelUnavailable,
  ReplayUnderWay,
  type VersionBeside,
  type ViewWrite,
} from '../../../src/projections/read-model.ts';
import { describeWithMongodb } from '../../support/mongodb.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';
import { firstImport, userView } from '../some-views.ts';
import { type Opened, openFresh } from './fixture.ts';

const FIRST = ['checkpoint', 'imports', 'secrets', 'set_aside', 'users'];
const namesOf = (version: VersionBeside) => FIRST.map((name) => `${name}_${version.id.slice(0, 8)}`);

describeWithMongodb('versions of the views in MongoDB', () => {
  let opened: Opened;
  let node: ReadModel;
  const others: ReadModel[] = [];

  const openAnother = async () => {
    const another = await openMongoReadModel({ url: opened.url });
    others.push(another);
    return another;
  };
  const at = (position: bigint) => ({ log: 'the log', position });
  /** A view of each kind, an event set aside and a checkpoint: then every collection is there. */
  const fill = async (readModel: ReadModel, position: bigint) => {
    const writes: ViewWrite[] = [
      firstImport({ id: `import-${position}` }),
      { kind: 'user', expectedRevision: null, revision: 0, view: userView() },
    ];
    await readModel.write({ writes, checkpoint: { from: null, to: at(position) } });
  };
  const positionIn = async (readModel: ReadModel) => (await readModel.checkpoint())?.position;
  const collections = async () => {
    const names = (await opened.database.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    return names.filter((name) => name !== 'versions').sort();
  };
  const liveId = async () => (await opened.database.collection('versions').findOne())?.live;
  /** Changes the document that tells which versions there are. */
  const change = async (fields: object) => {
    const { matchedCount } = await opened.database.collection('versions').updateOne({}, { $set: fields });
    expect(matchedCount).to.equal(1);
  };

  beforeEach(async () => {
    opened = await openFresh();
    node = opened.readModel;
  });

  afterEach(async () => {
    for (const other of others.splice(0)) await other.close();
    await opened.cleanUp();
  });

  it('have plain names at first, and then names with an end of their own; those of the old one are gone', async () => {
    await fill(node, 1n);
    expect(await collections()).to.include.members(['checkpoint', 'imports', 'users']);
    const one = await node.beside('the test');
    await fill(one.readModel, 2n);
    await one.goLive();
    expect(namesOf(one)).to.include.members(await collections());
    const other = await node.beside('the test');
    await fill(other.readModel, 3n);
    await other.goLive();
    expect(namesOf(other)).to.include.members(await collections());
    expect(await positionIn(await openAnother())).to.equal(3n);
  });

  it('are gone over to by every node within a second, and by each for good', async () => {
    await fill(node, 1n);
    const nodes = [await openAnother(), await openAnother()];
    const version = await node.beside('the test');
    await fill(version.readModel, 2n);
    expect(await Promise.all(nodes.map(positionIn))).to.deep.equal([1n, 1n]);
    const began = performance.now();
    const goingLive = version.goLive();
    const goneOver = nodes.map(async (one) => {
      await until('it has gone over', async () => (await positionIn(one)) === 2n);
      expect(performance.now() - began).to.be.lessThan(1_000);
      expect(await one.get('import', 'import-1')).to.equal(null);
      expect(await one.get('import', 'import-2')).to.not.equal(null);
    });
    await Promise.all([goingLive, ...goneOver]);
    expect(await Promise.all(nodes.map(positionIn))).to.deep.equal([2n, 2n]);
  });

  it('are gone over to as one: once a call has met the new one, what a node writes is in it', async () => {
    await fill(node, 1n);
    const other = await openAnother();
    const version = await node.beside('the test');
    await fill(version.readModel, 2n);
    const goingLive = version.goLive();
    await until('it meets the new one', async () => {
      await other.write({ writes: [firstImport()] });
      return (await positionIn(other)) === 2n;
    });
    await other.write({ writes: [firstImport({ id: 'after' })] });
    const imports = opened.database.collection<{ _id: string }>(`imports_${version.id.slice(0, 8)}`);
    expect(await imports.findOne({ _id: 'after' })).to.not.equal(null);
    await goingLive;
  });

  it('are dropped only when every node has had the time to go over', async () => {
    await fill(node, 1n);
    const version = await node.beside('the test');
    await fill(version.readModel, 2n);
    const goingLive = version.goLive();
    await until('it is live', async () => (await liveId()) === version.id);
    const began = performance.now();
    await until('the old one is dropped', async () => !(await collections()).includes('imports'));
    expect(performance.now() - began).to.be.greaterThan(2_000);
    await goingLive;
  });

  it('have their indexes from the beginning on, and once they are live', async () => {
    const version = await node.beside('the test');
    const indexes = async () =>
      (await opened.database.collection(`imports_${version.id.slice(0, 8)}`).indexes()).map(({ name }) => name);
    expect(await indexes()).to.include.members(['by_time', 'by_album', 'by_type', 'by_album_and_type']);
    await version.close();
  });

  it('are cleared one by one: the one beside is left when the live one is', async () => {
    await fill(node, 1n);
    const version = await node.beside('the test');
    await fill(version.readModel, 2n);
    await node.clear();
    expect(await node.checkpoint()).to.equal(null);
    expect(await positionIn(version.readModel)).to.equal(2n);
    await version.readModel.clear();
    await fill(node, 3n);
    expect(await version.readModel.checkpoint()).to.equal(null);
    expect(await positionIn(node)).to.equal(3n);
    await version.close();
  });

  it('are cleared that are live now, though the node knew another one', async () => {
    await fill(node, 1n);
    const other = await openAnother();
    const version = await node.beside('the test');
    await fill(version.readModel, 2n);
    await positionIn(other);
    const goingLive = version.goLive();
    await until('it is live', async () => (await liveId()) === version.id);
    await other.clear();
    expect(await (await openAnother()).checkpoint()).to.equal(null);
    await goingLive;
  });

  it('take no view that was folded over one of the version before; it is lost, and read again', async () => {
    const wrong = userView({ role: 'operator' });
    await node.write({ writes: [{ kind: 'user', expectedRevision: null, revision: 0, view: wrong }] });
    const other = await openAnother();
    const inHand = (await other.get('user', wrong.id))?.view;
    const version = await node.beside('the test');
    const right = { ...wrong, role: 'member' } as const;
    await version.readModel.write({ writes: [{ kind: 'user', expectedRevision: null, revision: 0, view: right }] });
    const goingLive = version.goLive();
    const write: ViewWrite = {
      kind: 'user',
      expectedRevision: 0,
      revision: 1,
      view: { ...wrong, ...inHand, removed_at: 'now' },
    };
    const isGoneOver = async () => {
      const [first] = await other.page('user', null, 1);
      return first !== undefined && 'view' in first && first.view.role === 'member';
    };
    await until('the other serves it', isGoneOver);
    expect(await other.write({ writes: [write] })).to.deep.equal(['conflict']);
    await other.getMany('user', [wrong.id]);
    expect(await other.write({ writes: [write] })).to.deep.equal(['written']);
    await goingLive;
  });

  it('are removed by the next replay where they were left over, and nothing else is', async () => {
    await fill(node, 1n);
    for (const name of ['imports_0badf00d', 'checkpoint_0badf00d', 'imports_of_ours', 'notes']) {
      await opened.database.collection(name).insertOne({ by: 'the test' });
    }
    const version = await node.beside('the test');
    expect(await collections())
      .to.include.members(['imports', 'users', 'checkpoint', 'imports_of_ours', 'notes'])
      .and.not.include.members(['imports_0badf00d'])
      .and.not.include.members(['checkpoint_0badf00d']);
    await version.close();
  });

  it('are removed at once where they were left by a replay of something else', async () => {
    const left = await node.beside('an older version');
    await fill(left.readModel, 1n);
    await left.close();
    const began = performance.now();
    const version = await node.beside('the test');
    expect(performance.now() - began).to.be.lessThan(2_000);
    expect(await collections()).to.not.include.any.members(namesOf(left));
    await version.close();
  });

  describe('of which one is beside', () => {
    it('are filled by one of two replays that begin at once, on whatever nodes', async () => {
      const other = await openAnother();
      const both = await Promise.allSettled([node.beside('the test'), other.beside('the test')]);
      const refused = both.filter(({ status }) => status === 'rejected');
      expect(refused).to.have.length(1);
      expect(refused[0]).to.have.property('reason').that.is.instanceOf(ReplayUnderWay);
    });

    it('are refused to another node for as long as their owner lives', async () => {
      const other = await openAnother();
      const version = await node.beside('the test');
      const began = performance.now();
      while (performance.now() - began < 4_000) {
        expect(await rejectionOf(other.beside('the test'))).to.be.instanceOf(ReplayUnderWay);
      }
      await version.close();
    });

    it('are taken over within seconds from an owner that is dead, and gone on with', async () => {
      const version = await node.beside('the test');
      await fill(version.readModel, 2n);
      await version.close();
      await change({ owner: 'somebody who is dead' });
      const other = await openAnother();
      const began = performance.now();
      const again = await other.beside('the test');
      expect(performance.now() - began).to.be.within(2_900, 6_000);
      expect(again).to.include({ id: version.id, isResumed: true });
      expect(await positionIn(again.readModel)).to.equal(2n);
      await again.close();
    });

    it('are no more of an owner that was taken for dead: it is told, and can neither switch to them nor discard them', async () => {
      for (const end of ['goLive', 'discard'] as const) {
        const version = await node.beside('the test');
        await fill(version.readModel, 2n);
        await change({ owner: 'somebody else' });
        await until('it is told', async () => {
          const error = await version.readModel.checkpoint().catch((reason) => reason);
          return error instanceof ReadModelUnavailable && error.message.includes('has taken it over');
        });
        expect(await rejectionOf(version[end]())).to.be.instanceOf(ReplayUnderWay);
        expect(await node.checkpoint()).to.equal(null);
        expect((await node.besideStatus())?.checkpoint?.position).to.equal(2n);
        await change({ owner: null });
      }
    });

    it('are left when their node is closed', async () => {
      const other = await openAnother();
      const version = await other.beside('the test');
      await other.close();
      const began = performance.now();
      expect((await node.beside('the test')).id).to.equal(version.id);
      expect(performance.now() - began).to.be.lessThan(2_000);
    });
  });

  it('that another program knows of are refused by name, by a node that is open and by one that is to be', async () => {
    await (await node.beside('the test')).close();
    await change({ schema: 2 });
    const refusal = 'another version of this program wrote which of the views are live';
    await until('it is refused', async () =>
      (await node.get('import', 'i').catch((error) => error))?.message.includes(refusal),
    );
    expect(await rejectionOf(openAnother()))
      .to.be.instanceOf(ReadModelUnavailable)
      .with.property('message')
      .that.includes(refusal);
  });
});
