import { expect } from 'chai';
import type { Document } from 'mongodb';
import { ReadModelUnavailable, UnreadableView } from '../../../src/projections/errors.ts';
import { project } from '../../../src/projections/project.ts';
import type { ViewWrite } from '../../../src/projections/projector-store.ts';
import type { Stored } from '../../../src/projections/queries.ts';
import { domainEvent, IMPORT_REQUESTED } from '../../support/events.ts';
import { describeWithMongodb } from '../../support/mongodb.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { anEvent, firstImport, firstOf, userView } from '../some-views.ts';
import { type Opened, openFresh } from './fixture.ts';

describeWithMongodb('documents in MongoDB that are not as this program writes them', () => {
  let opened: Opened;

  beforeEach(async () => {
    opened = await openFresh();
  });

  afterEach(() => opened.cleanUp());

  /** Changes the document of a view, or of what else there is, as another program would. */
  const change = async (collection: string, $set: Document) => {
    const { matchedCount } = await opened.collection(collection).updateOne({}, { $set });
    expect(matchedCount).to.equal(1);
  };

  for (const [what, $set, reason] of [
    ['with a field of another type', { album_id: 5 }, 'album_id'],
    ['with null instead of text', { params: null }, 'params'],
    ['with text that is not ours', { params: '"unfinished' }, 'params'],
    ['with a revision that is no number', { revision: 'one' }, 'revision'],
  ] as const) {
    describe(`a view ${what}`, () => {
      let written: ViewWrite;

      beforeEach(async () => {
        written = firstImport({ organization_id: 'o' });
        await opened.readModel.write({ writes: [written] });
        await change('imports', $set);
      });

      it('is refused by name, read alone and in a list', async () => {
        const { id } = written.view;
        const reading = [
          opened.readModel.get('import', id),
          opened.readModel.list('import', { organizationId: 'o', limit: 5 }),
        ];
        for (const error of await Promise.all(reading.map(rejectionOf))) {
          expect(error).to.be.instanceOf(UnreadableView).with.property('code', 'unreadable_view');
          expect(error.message).to.include(`import ${id}`).and.include(reason);
        }
      });

      it('is marked as unreadable among many', async () => {
        const readable = firstImport();
        await opened.readModel.write({ writes: [readable] });
        const found = await opened.readModel.getMany('import', [written.view.id, readable.view.id]);
        expect(found.get(readable.view.id)).to.deep.equal({ revision: 0, view: readable.view });
        expect(found.get(written.view.id)).to.have.property('unreadable').that.includes(reason);
      });
    });
  }

  it('a user with an unknown role is marked as unreadable in a page of users', async () => {
    const view = userView();
    await opened.readModel.write({ writes: [firstOf('user', view)] });
    await change('users', { role: 'emperor' });
    const [paged] = await opened.readModel.page('user', null, 9);
    expect(paged).to.have.property('id', view.id);
    expect(paged).to.have.property('unreadable').that.includes('emperor');
  });

  it('a view that cannot be read is repaired, unless it has changed meanwhile', async () => {
    const written = firstImport();
    const { id } = written.view;
    await opened.readModel.write({ writes: [written] });
    await change('imports', { params: null });
    const before = (await opened.readModel.getMany('import', [id])).get(id) ?? null;
    const right = { revision: 3, view: written.view } as Stored<'import'>;
    expect(await opened.readModel.repair('import', id, before, right)).to.equal('written');
    expect(await opened.readModel.get('import', id)).to.deep.equal(right);
    expect(await opened.readModel.repair('import', id, before, right)).to.equal('conflict');
  });

  it('a view that cannot be read is not changed by a projector, and the events of its stream are quarantined', async () => {
    const id = '3d172b54-f40f-4df9-9342-0b042fac5382';
    const event = domainEvent(`import-${id}`, 0, IMPORT_REQUESTED);
    await project(opened.readModel, [event]);
    await change('imports', { params: null });
    await project(opened.readModel, [event], { from: null, to: { log: 'the log', position: 1n } });
    const [quarantined] = await opened.readModel.quarantined();
    expect(quarantined?.stream).to.equal(`import-${id}`);
    expect(quarantined?.reason).to.include('params');
    expect((await opened.readModel.checkpoint())?.position).to.equal(1n);
  });

  it('a checkpoint is not taken for one of ours', async () => {
    await opened.readModel.write({ writes: [], checkpoint: { from: null, to: { log: 'the log', position: 1n } } });
    await change('checkpoint', { position: 'the end' });
    const error = await rejectionOf(opened.readModel.checkpoint());
    expect(error).to.be.instanceOf(ReadModelUnavailable);
  });

  it('an event in the quarantine is not taken for one of ours', async () => {
    await opened.readModel.write({ writes: [], quarantined: [anEvent()] });
    await change('quarantine', { position: 'the end' });
    const error = await rejectionOf(opened.readModel.quarantined());
    expect(error).to.be.instanceOf(ReadModelUnavailable);
  });
});
