import { expect } from 'chai';
import { decode } from '../../src/events/decode.ts';
import { asQuarantined } from '../../src/projections/decode-or-quarantine.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import type { Batch } from '../../src/projections/projector-store.ts';
import { IMPORT_REQUESTED, newEvent, USER_REGISTERED, USER_REMOVED } from '../support/events.ts';
import { projectInline } from '../support/projected.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { replacing } from '../support/replacing.ts';
import { until } from '../support/until.ts';
import { following, id } from './following.ts';
import { firstOf, userView } from './some-views.ts';

describe('the follower', () => {
  const test = following();
  const { start, append, projected } = test;

  it('projects what is appended while it follows', async () => {
    const follower = start();
    await follower.whenLevel();
    await append(1);
    await until('the import shows', projected(1));
  });

  it('is waited for only until the signal of the caller aborts or it stops', async () => {
    await append(1);
    const follower = start(replacing(test.stores.readModel, { write: test.stores.unavailable }));
    const waiting = new AbortController();
    const [one, other] = [rejectionOf(follower.whenLevel(waiting.signal)), rejectionOf(follower.whenLevel())];
    waiting.abort();
    expect((await one).name).to.equal('AbortError');
    await follower.stop();
    expect((await other).name).to.equal('AbortError');
  });

  it('notices in silence that the log was replaced by another past of it, and projects nothing of that', async () => {
    await append(1);
    await append(2);
    const inline = new InlineProjector(test.stores.readModel);
    const follower = start(test.stores.readModel, inline);
    await follower.whenLevel();
    test.stores.log.eventAt = async () => (await test.stores.log.readAll(0n, 1))[0] ?? null;
    await until('it says so', () => /another past of this event log/.test(follower.status().failure ?? ''));
    await append(3);
    expect(await projectInline(test.stores.log, inline, `import-${id(3)}`)).to.not.equal(null);
    expect(await projected(3)()).to.equal(null);
  });

  it('seldom asks the log for its end, because the log says when it is level', async () => {
    let asked = 0;
    const { log } = test.stores;
    const head = log.head.bind(log);
    log.head = () => {
      asked += 1;
      return head();
    };
    const follower = start();
    for (let number = 0; number < 5; number += 1) {
      await append(number);
      await until('it is level', () => follower.status().position === BigInt(number + 1) && follower.status().caughtUp);
    }
    expect(asked).to.be.at.most(2);
    expect(follower.status().lagSeconds).to.equal(0);
  });

  it('is level up to the end that it had asked for, while events come without a pause', async () => {
    let position = 0n;
    test.stores.log.follow = async function* (after, signal) {
      for (position = after; !signal.aborted; ) {
        await append(Number(position));
        const page = await test.stores.log.readAll(position, 10);
        position += BigInt(page.length);
        yield page;
      }
    };
    const follower = start();
    await until('it is level', () => follower.status().caughtUp && position > 3n);
    expect(follower.status().lagSeconds).to.be.below(5);
  });

  it('moves the checkpoint past what was projected inline', async () => {
    const writes: number[] = [];
    const readModel = replacing(test.stores.readModel, {
      write(batch) {
        writes.push(batch.writes.length);
        return test.stores.readModel.write(batch);
      },
    });
    const inline = new InlineProjector(test.stores.readModel);
    const follower = start(readModel, inline);
    await follower.whenLevel();
    const event = newEvent(IMPORT_REQUESTED);
    const expected = inline.expect([event.id]);
    await test.stores.log.append(`import-${id(1)}`, [event], 'no_stream');
    await inline.project(expected, (await test.stores.log.readStream(`import-${id(1)}`)).map(decode));
    await until('the checkpoint moves', async () => (await test.stores.readModel.checkpoint())?.position === 1n);
    expect(
      writes.every((count) => count === 0),
      'the follower writes no view again',
    ).to.equal(true);
  });

  it('continues from the checkpoint', async () => {
    await append(1);
    await append(2);
    const to = { log: test.stores.log.id, position: 1n };
    await test.stores.readModel.write({ writes: [], checkpoint: { from: null, to } });
    start();
    await until('the second import shows', projected(2));
    expect(await test.stores.readModel.get('import', id(1))).to.equal(null);
  });

  it('begins again by itself after the read model was away', async () => {
    let away = true;
    const write = (batch: Batch) => (away ? test.stores.unavailable() : test.stores.readModel.write(batch));
    const follower = start(replacing(test.stores.readModel, { write }));
    await append(1);
    await until('it stands still', () => follower.status().failure);
    expect(follower.status().failure).to.match(/the test says so/);
    away = false;
    await until('the import shows', projected(1));
    await until('it is well', () => follower.status().failure === null);
  });

  it('becomes level even if the read model takes only a few views in one call', async () => {
    for (let number = 0; number < 20; number += 1) await append(number);
    const write = (batch: Batch) =>
      batch.writes.length > 3 ? test.stores.unavailable() : test.stores.readModel.write(batch);
    const follower = start(replacing(test.stores.readModel, { write }));
    await follower.whenLevel();
    expect(follower.status().position).to.equal(20n);
  });

  it('skips events of a type that this release does not know, counts them, and continues with their streams', async () => {
    await append(1);
    const stream = `import-${id(1)}`;
    await test.stores.log.append(stream, [newEvent({ type: 'ImportExploded', data: {} })], 0);
    await test.stores.log.append(`import-${id(2)}`, [newEvent({ type: 'ImportExploded', data: {} })], 'no_stream');
    const follower = start();
    await follower.whenLevel();
    expect(follower.status().unknownEvents).to.equal(2);
    expect((await test.stores.readModel.get('import', id(1)))?.revision).to.equal(1);
    expect(await test.stores.readModel.get('import', id(2))).to.equal(null);
    expect(await test.stores.readModel.quarantined()).to.deep.equal([]);
  });

  it('continues with a stream that began with an event of an unknown type, in an earlier page', async () => {
    const stream = `import-${id(1)}`;
    await test.stores.log.append(stream, [newEvent({ type: 'ImportExploded', data: {} })], 'no_stream');
    const follower = start();
    await follower.whenLevel();
    await test.stores.log.append(stream, [newEvent(IMPORT_REQUESTED)], 0);
    await follower.whenLevel();
    expect((await test.stores.readModel.get('import', id(1)))?.revision).to.equal(1);
    expect(await test.stores.readModel.quarantined()).to.deep.equal([]);
  });

  it('quarantines what waits for an event in an earlier page, once for each event', async () => {
    const stream = `user-${id(1)}`;
    await test.stores.log.append(stream, [newEvent(USER_REMOVED)], 'no_stream');
    const follower = start();
    await follower.whenLevel();
    await test.stores.log.append(stream, [newEvent(USER_REGISTERED)], 0);
    await follower.whenLevel();
    const reasons = (await test.stores.readModel.quarantined()).map(({ revision, reason }) => [revision, reason]);
    expect(reasons).to.deep.equal([
      [0, 'UserRemoved does not belong here'],
      [1, 'it waits for revision 0 of its stream'],
    ]);
  });

  it('projects an event of the quarantine as soon as it can, and all that waited for it', async () => {
    const stream = `user-${id(1)}`;
    await test.stores.log.append(
      stream,
      [newEvent(USER_REGISTERED), newEvent(USER_REMOVED), newEvent(USER_REGISTERED)],
      'no_stream',
    );
    // As an older version left it that did not know the second event.
    const events = await test.stores.log.readStream(stream);
    await test.stores.readModel.write({
      writes: [firstOf('user', userView({ id: id(1) }))],
      quarantined: events.slice(1).map((event) => asQuarantined(event, 'unknown')),
      checkpoint: { from: null, to: { log: test.stores.log.id, position: 3n } },
    });
    start();
    await until(
      'the view is at the last event',
      async () => (await test.stores.readModel.get('user', id(1)))?.revision === 2,
    );
    await until('nothing is set aside', async () => (await test.stores.readModel.quarantined()).length === 0);
  });

  it('makes the same views if two of them run on the same stores', async () => {
    for (let number = 0; number < 20; number += 1) await append(number);
    const followers = [start(), start()];
    await Promise.all(followers.map((follower) => follower.whenLevel()));
    for (let number = 0; number < 20; number += 1) {
      expect((await test.stores.readModel.get('import', id(number)))?.revision).to.equal(0);
    }
  });
});
