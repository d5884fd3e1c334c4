import { expect } from 'chai';
import type { DomainEvent } from '../../src/events/event-types.ts';
import { asQuarantined } from '../../src/projections/decode-or-quarantine.ts';
import { project } from '../../src/projections/project.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';
import { domainEvent, IMPORT_REQUESTED, METADATA, USER_REGISTERED, USER_REMOVED } from '../support/events.ts';
import { replacing } from '../support/replacing.ts';
import { openTestStores, type TestStores } from '../support/stores.ts';

const ID = '3d172b54-f40f-4df9-9342-0b042fac5382';
const STREAM = `user-${ID}`;
const registered = domainEvent(STREAM, 0, USER_REGISTERED);
const removed = domainEvent(STREAM, 1, USER_REMOVED);
const again = domainEvent(STREAM, 2, USER_REGISTERED);

describe('projecting', () => {
  let stores: TestStores;
  let readModel: ReadModel;
  const checkpointTo = (position: bigint) => ({ from: null, to: { log: 'a-log', position } });

  beforeEach(async () => {
    stores = await openTestStores();
    readModel = stores.readModel;
  });

  afterEach(() => stores.close());

  it('changes nothing if the events come twice', async () => {
    await project(readModel, [registered, removed]);
    const before = await readModel.get('user', ID);
    const { views } = await project(readModel, [registered, removed]);
    expect(await readModel.get('user', ID)).to.deep.equal(before);
    expect(views.get(STREAM)).to.deep.equal(before);
  });

  it('continues after the events of another projector', async () => {
    await project(readModel, [registered]);
    await project(readModel, [registered, removed, again]);
    expect((await readModel.get('user', ID))?.revision).to.equal(2);
  });

  it('gives the same view by many projectors at once, each with another part', async () => {
    const parts = [[registered], [registered, removed], [registered, removed, again]];
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => project(readModel, parts[index % 3] as (typeof parts)[0])),
    );
    const stored = await readModel.get('user', ID);
    expect(stored?.revision).to.equal(2);
    expect(stored?.view.removed_at).to.equal(null);
  });

  it('moves the checkpoint past events of streams without a view', async () => {
    await project(readModel, [domainEvent('operations', 0, USER_REMOVED)], checkpointTo(5n));
    expect((await readModel.checkpoint())?.position).to.equal(5n);
  });

  it('moves the checkpoint although another projector had written the view', async () => {
    await project(readModel, [registered]);
    await project(readModel, [registered, removed], checkpointTo(2n));
    expect((await readModel.checkpoint())?.position).to.equal(2n);
    expect((await readModel.get('user', ID))?.revision).to.equal(1);
  });

  it('quarantines an event that does not fit, and those after it, while other streams continue', async () => {
    const misfit = domainEvent(STREAM, 1, IMPORT_REQUESTED);
    const other = domainEvent('user-7d172b54-f40f-4df9-9342-0b042fac5382', 0, USER_REGISTERED);
    await project(readModel, [registered, misfit, again, other], checkpointTo(4n));
    const quarantined = await readModel.quarantined();
    expect(quarantined.map(({ revision, reason }) => [revision, reason])).to.deep.equal([
      [1, 'ImportRequested does not belong here'],
      [2, 'it waits for revision 1 of its stream'],
    ]);
    expect((await readModel.get('user', ID))?.revision).to.equal(0);
    expect((await readModel.get('user', '7d172b54-f40f-4df9-9342-0b042fac5382'))?.revision).to.equal(0);
    expect((await readModel.checkpoint())?.position).to.equal(4n);
  });

  describe('an event before which a revision is missing', () => {
    const later = domainEvent(STREAM, 3, USER_REMOVED);
    let reads: number[][];
    const logOf = (...events: readonly DomainEvent[]) => ({
      readStream: async (_stream: string, ...read: number[]) => {
        reads.push(read);
        return events.map((event) => ({
          ...event,
          data: JSON.stringify(event.data),
          metadata: JSON.stringify(METADATA),
        }));
      },
    });

    beforeEach(() => {
      reads = [];
    });

    it('waits if no log is asked', async () => {
      const { quarantined } = await project(readModel, [registered, later]);
      expect(quarantined.map(({ reason }) => reason)).to.deep.equal(['it waits for revision 1 of its stream']);
      expect((await readModel.get('user', ID))?.revision).to.equal(0);
    });

    it('is projected with what the log has between, which may be nothing', async () => {
      await project(readModel, [registered]);
      const { quarantined } = await project(readModel, [later], undefined, logOf(removed, again, later));
      expect(quarantined).to.deep.equal([]);
      expect((await readModel.get('user', ID))?.revision).to.equal(3);
      const beyond = domainEvent(STREAM, 7, USER_REGISTERED);
      await project(readModel, [beyond], undefined, logOf(beyond));
      expect((await readModel.get('user', ID))?.revision).to.equal(7);
      expect(reads).to.deep.equal([
        [1, 3],
        [4, 4],
      ]);
    });

    it('is not looked for if the view is beyond it', async () => {
      await project(readModel, [registered, removed, again, later]);
      await project(readModel, [removed, later], undefined, logOf());
      await project(readModel, [again], undefined, logOf());
      expect(reads).to.deep.equal([]);
    });
  });

  it('quarantines an event that could not be decoded, with its reason', async () => {
    const undecodable = asQuarantined(registered, 'unknown type');
    await project(readModel, [undecodable], checkpointTo(1n));
    expect(await readModel.quarantined()).to.deep.equal([undecodable]);
  });

  describe('over a view that another version wrote', () => {
    const REASON = 'another version wrote it';
    const unreadable = () => replacing(readModel, { getMany: async () => new Map([[ID, { unreadable: REASON }]]) });

    it('quarantines every event of its stream, says why, and continues', async () => {
      await project(readModel, [registered]);
      const before = await readModel.get('user', ID);
      const { views, quarantined } = await project(unreadable(), [registered, removed], checkpointTo(2n));
      expect(quarantined).to.deep.equal([registered, removed].map((event) => asQuarantined(event, REASON)));
      expect(await readModel.quarantined()).to.deep.equal(quarantined);
      expect(views.size).to.equal(0);
      expect(await readModel.get('user', ID)).to.deep.equal(before);
      expect((await readModel.checkpoint())?.position).to.equal(2n);
    });

    it('keeps the reason of an event that could not be decoded', async () => {
      const undecodable = asQuarantined(removed, 'unknown type');
      const { quarantined } = await project(unreadable(), [undecodable, again]);
      expect(quarantined.map(({ reason }) => reason)).to.deep.equal(['unknown type', REASON]);
    });

    it('of another stream of the page writes the views', async () => {
      const other = '7d172b54-f40f-4df9-9342-0b042fac5382';
      await project(unreadable(), [removed, domainEvent(`user-${other}`, 0, USER_REGISTERED)], checkpointTo(4n));
      expect((await readModel.get('user', other))?.revision).to.equal(0);
    });
  });

  it('without a checkpoint reports events that do not fit, but does not record them', async () => {
    const { quarantined } = await project(readModel, [removed]);
    expect(quarantined.map(({ revision }) => revision)).to.deep.equal([1]);
    expect(await readModel.quarantined()).to.deep.equal([]);
  });
});
