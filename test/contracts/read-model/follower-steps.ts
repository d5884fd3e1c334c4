import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { CheckpointLost } from '../../../src/projections/errors.ts';
import type { Batch, Checkpoint, LogPosition, ViewWrite } from '../../../src/projections/projector-store.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { anEvent, firstImport as first, firstOf, secretView, userView } from '../../projections/some-views.ts';
import { rejectionOf } from '../../support/rejection-of.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a follower stores: its checkpoint, the events in the quarantine, and how it is sent back to the start. */
export function describeFollowerSteps(opened: () => ReadModel): void {
  const write = (...writes: ViewWrite[]) => opened().write({ writes });
  const at = (position: bigint, log = 'the log'): LogPosition => ({ log, position });
  /** A follower's step; it knows the generation that is stored as it begins. */
  const step = async (from: LogPosition | null, to: LogPosition, rest: Partial<Batch> = {}) => {
    const generation = (await opened().checkpoint())?.generation ?? randomUUID();
    const known = from === null ? null : { ...from, generation, isFilled: false };
    return opened().write({ writes: [], ...rest, checkpoint: { from: known, to } });
  };
  /** The checkpoint, but for its generation. */
  const standing = async () => {
    const checkpoint = await opened().checkpoint();
    return checkpoint === null ? null : at(checkpoint.position, checkpoint.log);
  };

  describe('the checkpoint', () => {
    it('is null at first, and then the position at which the last step ended', async () => {
      expect(await opened().checkpoint()).to.equal(null);
      await step(null, at(3n));
      expect(await standing()).to.deep.equal(at(3n));
      await step(at(3n), at(9007199254740993n));
      expect(await standing()).to.deep.equal(at(9007199254740993n));
    });

    it('moves with the views of its step', async () => {
      const one = first();
      expect(await step(null, at(1n), { writes: [one] })).to.deep.equal(['written']);
      expect((await opened().get('import', one.view.id))?.revision).to.equal(0);
      expect(await standing()).to.deep.equal(at(1n));
    });

    it('does not move if a write had a conflict, and the other writes stay', async () => {
      await step(null, at(1n));
      const kept = first();
      const lost: ViewWrite = { kind: 'user', expectedRevision: 4, revision: 5, view: userView() };
      expect(await step(at(1n), at(2n), { writes: [kept, lost] })).to.deep.equal(['written', 'conflict']);
      expect(await standing()).to.deep.equal(at(1n));
      expect(await opened().get('import', kept.view.id)).to.not.equal(null);
    });

    it('never moves backwards: a slower follower does no harm', async () => {
      await step(null, at(10n));
      const one = first();
      expect(await step(at(2n), at(5n), { writes: [one] })).to.deep.equal(['written']);
      expect(await standing()).to.deep.equal(at(10n));
    });

    it('of a follower that began from nothing may exist already', async () => {
      await step(null, at(10n));
      await step(null, at(5n));
      expect(await standing()).to.deep.equal(at(10n));
      await step(null, at(12n));
      expect(await standing()).to.deep.equal(at(12n));
    });

    for (const [what, stored, from, to] of [
      ['is gone', null, at(4n), at(5n)],
      ['is before the checkpoint of the follower', at(3n), at(4n), at(5n)],
      ['is of another log', at(4n, 'another log'), at(4n), at(5n)],
      ['is of another log than that of a follower that began from nothing', at(4n, 'another log'), null, at(5n)],
    ] as const) {
      it(`is lost if it ${what}: nothing of that step is written`, async () => {
        if (stored !== null) await step(null, stored);
        const one = first();
        const quarantined = [anEvent()];
        const error = await rejectionOf(step(from, to, { writes: [one], quarantined }));
        expect(error).to.be.instanceOf(CheckpointLost).with.property('code', 'checkpoint_lost');
        expect(await opened().get('import', one.view.id)).to.equal(null);
        expect(await opened().quarantined()).to.deep.equal([]);
        expect(await standing()).to.deep.equal(stored);
      });
    }

    it('holds the id of the event at its position, also when a slower follower comes after it', async () => {
      const eventNow = async () => (await opened().checkpoint())?.event;
      await step(null, at(0n));
      expect(await eventNow()).to.equal(undefined);
      await step(at(0n), { ...at(3n), event: 'third' });
      expect(await eventNow()).to.equal('third');
      await step(at(3n), { ...at(5n), event: 'fifth' });
      await step(at(3n), { ...at(4n), event: 'fourth' });
      expect(await eventNow()).to.equal('fifth');
    });

    it('without the id of an event, as earlier releases wrote it, is taken as it is, and gets one at the next step', async () => {
      await step(null, at(3n));
      await step({ ...at(3n), event: 'third' }, { ...at(3n), event: 'third' });
      await step(at(3n), { ...at(4n), event: 'fourth' });
      expect((await opened().checkpoint())?.event).to.equal('fourth');
    });

    it('is lost for a follower whose log has another event at that position: nothing of its step is written', async () => {
      await step(null, { ...at(3n), event: 'third' });
      const one = first();
      const other = { ...at(3n), event: 'third of another past' };
      expect(await rejectionOf(step(at(3n), other, { writes: [one] }))).to.be.instanceOf(CheckpointLost);
      expect(await opened().get('import', one.view.id)).to.equal(null);
      expect((await opened().checkpoint())?.event).to.equal('third');
    });

    it('has a generation, a UUID that stays as it moves', async () => {
      await step(null, at(1n));
      const begun = await opened().checkpoint();
      expect(begun?.generation).to.match(UUID);
      await step(at(1n), at(2n));
      await step(null, at(3n));
      expect(await opened().checkpoint()).to.deep.equal({ ...begun, position: 3n });
    });

    it('says whether the views of its generation were ever level with the log', async () => {
      const isFilled = async () => (await opened().checkpoint())?.isFilled;
      await opened().markFilled(randomUUID());
      expect(await opened().checkpoint()).to.equal(null);
      await step(null, at(1n));
      const { generation } = (await opened().checkpoint()) as Checkpoint;
      await opened().markFilled(randomUUID());
      expect(await isFilled()).to.equal(false);
      await opened().markFilled(generation);
      await step(at(1n), at(2n));
      expect(await isFilled()).to.equal(true);
      await opened().clear();
      await step(null, at(1n));
      await opened().markFilled(generation);
      expect(await isFilled()).to.equal(false);
    });

    it('has another generation after the read model was thrown away, and is lost for followers of the old one', async () => {
      await step(null, at(1n));
      const before = (await opened().checkpoint()) as Checkpoint;
      await opened().clear();
      await step(null, at(9n));
      expect((await opened().checkpoint())?.generation)
        .to.match(UUID)
        .and.not.equal(before.generation);
      const one = first();
      const checkpoint = { from: before, to: at(10n) };
      expect(await rejectionOf(opened().write({ writes: [one], checkpoint }))).to.be.instanceOf(CheckpointLost);
      expect(await opened().get('import', one.view.id)).to.equal(null);
      expect(await standing()).to.deep.equal(at(9n));
    });

    it('is lost for one step, and not for steps at the same time', async () => {
      const [lost, kept] = [first(), first()];
      const checkpoint = { from: { ...at(4n), generation: randomUUID(), isFilled: false }, to: at(5n) };
      const [stepped, written] = await Promise.allSettled([
        opened().write({ writes: [lost], checkpoint }),
        write(kept),
      ]);
      expect(stepped).to.have.property('reason').that.is.instanceOf(CheckpointLost);
      expect(written).to.deep.include({ value: ['written'] });
      expect(await opened().get('import', lost.view.id)).to.equal(null);
    });
  });

  describe('events in the quarantine', () => {
    it('are listed oldest position first, up to the limit', async () => {
      // As text, 9 would come after 10, and these two big ones are the same number in JavaScript.
      const positions = [9007199254740993n, 10n, 9n, 9007199254740992n];
      const events = positions.map((position) => anEvent({ stream: `import-${position}`, position }));
      await opened().write({ writes: [], quarantined: events });
      const sorted = [2, 1, 3, 0].map((index) => events[index]);
      expect(await opened().quarantined()).to.deep.equal(sorted);
      expect(await opened().quarantined(2)).to.deep.equal(sorted.slice(0, 2));
    });

    it('are read page by page, although some of them are released meanwhile', async () => {
      const events = [7n, 8n, 8n, 9n].map((position, index) => anEvent({ stream: `import-${index}`, position }));
      await opened().write({ writes: [], quarantined: events });
      const first = await opened().quarantined(2);
      await opened().write({ writes: [], released: first });
      const second = await opened().quarantined(2, first[1]);
      expect([...first, ...second]).to.deep.equal(events);
      expect(await opened().quarantined(2, second[1])).to.deep.equal([]);
    });

    it('are kept once for each stream and revision, with the latest reason', async () => {
      await opened().write({ writes: [], quarantined: [anEvent({ reason: 'before' })] });
      await opened().write({
        writes: [],
        quarantined: [anEvent({ reason: 'after' }), anEvent({ revision: 2, position: 8n })],
      });
      expect((await opened().quarantined()).map(({ reason }) => reason)).to.deep.equal(['after', anEvent().reason]);
    });

    it('are released by stream and revision', async () => {
      await opened().write({ writes: [], quarantined: [anEvent(), anEvent({ revision: 2, position: 8n })] });
      const { stream, revision } = anEvent();
      await opened().write({
        writes: [],
        released: [
          { stream, revision },
          { stream: 'import-absent', revision: 0 },
        ],
      });
      expect((await opened().quarantined()).map((event) => event.revision)).to.deep.equal([2]);
    });

    it('may be added and released while the checkpoint moves', async () => {
      await step(null, at(7n), { quarantined: [anEvent()] });
      expect(await opened().quarantined()).to.deep.equal([anEvent()]);
      const { stream, revision } = anEvent();
      await step(at(7n), at(8n), { released: [{ stream, revision }] });
      expect(await opened().quarantined()).to.deep.equal([]);
    });
  });

  describe('clear', () => {
    it('throws away every view, the quarantine and the checkpoint', async () => {
      const [one, user, secret] = [first(), userView(), secretView()];
      await step(null, at(5n), {
        writes: [one, firstOf('user', user), firstOf('secret', secret)],
        quarantined: [anEvent()],
      });
      await opened().clear();
      expect(await opened().get('import', one.view.id)).to.equal(null);
      for (const kind of ['import', 'user', 'secret'] as const) {
        expect(await opened().page(kind, null, 9)).to.deep.equal([]);
      }
      expect(await opened().quarantined()).to.deep.equal([]);
      expect(await opened().checkpoint()).to.equal(null);
    });
  });
}
