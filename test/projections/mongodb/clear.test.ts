import { expect } from 'chai';
import { CheckpointLost, ReadModelUnavailable } from '../../../src/projections/errors.ts';
import { CheckpointDocument } from '../../../src/projections/mongodb/checkpoint-document.ts';
import { collectionsOf } from '../../../src/projections/mongodb/collections.ts';
import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import type { Checkpoint, LogPosition, ViewWrite } from '../../../src/projections/projector-store.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { VIEWS_VERSION } from '../../../src/projections/views.ts';
import { describeWithMongodb } from '../../support/mongodb.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { firstImport, importView } from '../some-views.ts';
import { type Opened, openFresh, wayTo } from './fixture.ts';

const LOG = 'the log';
const at = (position: bigint): LogPosition => ({ log: LOG, position });

describeWithMongodb('views in MongoDB that one node throws away while another follows', () => {
  let opened: Opened;
  let node: ReadModel;
  /** The checkpoint as a step uses it, to stop between its parts. */
  let checkpoint: CheckpointDocument;

  beforeEach(async () => {
    opened = await openFresh();
    node = opened.readModel;
    checkpoint = new CheckpointDocument(collectionsOf(wayTo(opened.database), VIEWS_VERSION, {}).checkpoint);
  });

  afterEach(() => opened.cleanUp());

  const begin = (from: Checkpoint | null, to: LogPosition) => checkpoint.begin({ from, to }, async () => {});

  it('keep no checkpoint of a running step', async () => {
    const generation = await begin(null, at(5n));
    await node.clear();
    expect(await rejectionOf(checkpoint.move(generation, { log: LOG, position: 5n }))).to.be.instanceOf(CheckpointLost);
    expect(await node.checkpoint()).to.equal(null);
  });

  it('keep no checkpoint of it even if another follower of the same log has begun again', async () => {
    const generation = await begin(null, at(5n));
    await node.clear();
    await node.write({ writes: [], checkpoint: { from: null, to: at(1n) } });
    expect(await rejectionOf(checkpoint.move(generation, { log: LOG, position: 5n }))).to.be.instanceOf(CheckpointLost);
    expect(await node.checkpoint()).to.deep.include(at(1n));
  });

  it('let a step move a checkpoint that another follower has moved further meanwhile', async () => {
    const generation = await begin(null, at(5n));
    await node.write({ writes: [], checkpoint: { from: null, to: at(9n) } });
    await checkpoint.move(generation, { log: LOG, position: 5n });
    expect(await node.checkpoint()).to.deep.include(at(9n));
  });

  it('get no new events until all are thrown away, even if that node ends on the way', async () => {
    await node.write({ writes: [firstImport()], checkpoint: { from: null, to: at(1n) } });
    const known = await node.checkpoint();
    const generation = await begin(known, at(2n));
    await checkpoint.forbid();
    expect(await rejectionOf(checkpoint.move(generation, { log: LOG, position: 2n }))).to.be.instanceOf(CheckpointLost);
    for (const from of [null, known]) expect(await rejectionOf(begin(from, at(2n)))).to.be.instanceOf(CheckpointLost);
    // What sends a follower to `clear`: a checkpoint of another log than its own.
    expect((await node.checkpoint())?.log).to.not.equal(LOG);
    await node.clear();
    expect(await node.checkpoint()).to.equal(null);
  });

  it('are never older than the checkpoint, however both run', async () => {
    const other = await openMongoReadModel({ url: opened.url });
    let isClearing = true;
    const clearing = (async () => {
      for (let round = 0; round < 12; round += 1) await orSlow(other.clear());
    })().finally(() => {
      isClearing = false;
    });
    clearing.catch(() => {});
    const idAt = (position: bigint) => `import-${position}`;
    const step = async () => {
      const from = await node.checkpoint();
      if (from !== null && from.log !== LOG) return;
      const to = at((from?.position ?? 0n) + 1n);
      const view = importView({ id: idAt(to.position) });
      // The documents of an earlier round are written again.
      const expectedRevision = (await node.get('import', view.id))?.revision ?? null;
      const write: ViewWrite = { kind: 'import', expectedRevision, revision: (expectedRevision ?? -1) + 1, view };
      await node.write({ writes: [write], checkpoint: { from, to } }).catch((error) => {
        if (!(error instanceof CheckpointLost)) throw error;
      });
    };
    for (let steps = 0; isClearing || steps < 10; steps += 1) await orSlow(step());
    await clearing;
    const { position } = (await node.checkpoint()) ?? at(0n);
    const ids = Array.from({ length: Number(position) }, (_, index) => idAt(BigInt(index + 1)));
    expect([...(await node.getMany('import', ids)).keys()]).to.have.members(ids);
    await other.close();
  });
});

/** A server that is too slow for a moment is no fault of either: whatever came of the call, the views must be whole. */
async function orSlow(call: Promise<void>): Promise<void> {
  await call.catch((error) => {
    if (!(error instanceof ReadModelUnavailable)) throw error;
  });
}
