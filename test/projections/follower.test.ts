import { expect } from 'chai';
import { decode } from '../../src/events/decode.ts';
import { asQuarantined } from '../../src/projections/decode-or-quarantine.ts';
import { Follower } from '../../src/projections/follower.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import { type Batch, NO_LOG } from '../../src/projections/projector-store.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';
import { IMPORT_REQUESTED, newEvent, USER_REGISTERED, USER_REMOVED } from '../support/events.ts';
import { projectInline } from '../support/projected.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { replacing } from '../support/replacing.ts';
import { openTestStores, type TestStores } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { firstOf, userView } from './some-views.ts';

const id = (number: number) => `3d172b54-f40f-4df9-9342-${String(number).padStart(12, '0')}`;
const silent = { info: () => {}, warn: () => {} };

describe('the follower', () => {
  let stores: TestStores;
  const running: Follower[] = [];

  const start = (readModel: ReadModel = stores.readModel, inline = new InlineProjector(readModel)): Follower => {
    const follower = new Follower(stores.log, readModel, inline, silent);
    running.push(follower);
    follower.start();
    return follower;
  };
  const append = (number: number) =>
    stores.log.append(`import-${id(number)}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
  const projected = (number: number) => () => stores.readModel.get('import', id(number));

  beforeEach(async () => {
    stores = await openTestStores();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((follower) => follower.stop()));
    await stores.close();
  });

  it('projects what is appended while it follows', async () => {
    const follower = start();
    await follower.whenLevel();
    await append(1);
    await until('the import shows', projected(1));
  });

  it('is waited for only until the signal of the caller aborts or it stops', async () => {
    await append(1);
    const follower = start(replacing(stores.readModel, { write: stores.unavailable }));
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
    const inline = new InlineProjector(stores.readModel);
    const follower = start(stores.readModel, inline);
    await follower.whenLevel();
    stores.log.eventAt = async () => (await stores.log.readAll(0n, 1))[0] ?? null;
    await until('it says so', () => /another past of this event log/.test(follower.status().failure ?? ''));
    await append(3);
    expect(await projectInline(stores.log, inline, `import-${id(3)}`)).to.not.equal(null);
    expect(await projected(3)()).to.equal(null);
  });

  it('seldom asks the log for its end, because the log says when it is level', async () => {
    let asked = 0;
    const { log } = stores;
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
    stores.log.follow = async function* (after, signal) {
      for (position = after; !signal.aborted; ) {
        await append(Number(position));
        const page = await stores.log.readAll(position, 10);
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
    const readModel = replacing(stores.readModel, {
      write(batch) {
        writes.push(batch.writes.length);
        return stores.readModel.write(batch);
      },
    });
    const inline = new InlineProjector(stores.readModel);
    const follower = start(readModel, inline);
    await follower.whenLevel();
    const event = newEvent(IMPORT_REQUESTED);
    const expected = inline.expect([event.id]);
    await stores.log.append(`import-${id(1)}`, [event], 'no_stream');
    await inline.project(expected, (await stores.log.readStream(`import-${id(1)}`)).map(decode));
    await until('the checkpoint moves', async () => (await stores.readModel.checkpoint())?.position === 1n);
    expect(
      writes.every((count) => count === 0),
      'the follower writes no view again',
    ).to.equal(true);
  });

  it('continues from the checkpoint', async () => {
    await append(1);
    await append(2);
    const to = { log: stores.log.id, position: 1n };
    await stores.readModel.write({ writes: [], checkpoint: { from: null, to } });
    start();
    await until('the second import shows', projected(2));
    expect(await stores.readModel.get('import', id(1))).to.equal(null);
  });

  it('does not change the views of another log, stops, and pauses the inline projector', async () => {
    await append(1);
    const to = { log: 'another log', position: 1n };
    await stores.readModel.write({ writes: [], checkpoint: { from: null, to } });
    const before = await stores.readModel.checkpoint();
    const inline = new InlineProjector(stores.readModel);
    const follower = start(stores.readModel, inline);
    await until('it stands still', () => follower.status().failure);
    expect(follower.status().failure).to.match(/belong to another event log: .* another log, up to its position 1\./);
    expect(follower.status().failure).to.match(/--adopt/);
    // The answer is folded from the events in hand.
    expect((await projectInline(stores.log, inline, `import-${id(1)}`))?.view.id).to.equal(id(1));
    expect(await stores.readModel.get('import', id(1))).to.equal(null);
    expect(await stores.readModel.checkpoint()).to.deep.equal(before);
  });

  it('does not change views that another log took while it followed, and continues when they are its own again', async () => {
    await append(1);
    const inline = new InlineProjector(stores.readModel);
    const follower = start(stores.readModel, inline);
    await follower.whenLevel();
    await stores.readModel.clear();
    const to = { log: 'another log', position: 0n };
    await stores.readModel.write({ writes: [], checkpoint: { from: null, to } });
    await until('it stands still', () => /another event log/.test(follower.status().failure ?? ''));
    await append(2);
    await projectInline(stores.log, inline, `import-${id(2)}`);
    expect(await stores.readModel.page('import', null, 10)).to.deep.equal([]);
    await stores.readModel.clear();
    await until('the imports show', async () => (await projected(1)()) && (await projected(2)()));
    await append(3);
    await projectInline(stores.log, inline, `import-${id(3)}`);
    expect(await projected(3)()).to.not.equal(null);
  });

  it('continues after a process was stopped while it threw the views away', async () => {
    await append(1);
    const to = { log: NO_LOG, position: 0n };
    await stores.readModel.write({ writes: [], checkpoint: { from: null, to } });
    start();
    await until('the import shows', projected(1));
    expect((await stores.readModel.checkpoint())?.log).to.equal(stores.log.id);
  });

  it('begins again when the read model is thrown away while it follows and the log is quiet', async () => {
    await append(1);
    start();
    await until('the import shows', projected(1));
    await stores.readModel.clear();
    await until('the import shows again', projected(1));
  });

  for (const [what, isFilled, said] of [
    ['as of no trouble of those that a replay has put in place', true, /^info: .* that a replay has put in place$/],
    ['without a stack of those that were thrown away', false, /^warn of reason: the views were thrown away/],
  ] as const) {
    it(`tells of other views ${what}`, async () => {
      const lines: string[] = [];
      const logger = {
        info: (message: string) => lines.push(`info: ${message}`),
        warn: (fields: object, message: string) => lines.push(`warn of ${Object.keys(fields)}: ${message}`),
      };
      let generation: string | null = null;
      const readModel = replacing(stores.readModel, {
        async checkpoint() {
          const checkpoint = await stores.readModel.checkpoint();
          return checkpoint && { ...checkpoint, ...(generation !== null && { generation, isFilled }) };
        },
      });
      const follower = new Follower(stores.log, readModel, new InlineProjector(readModel), logger);
      running.push(follower);
      follower.start();
      await append(1);
      await until('it is level', () => follower.status().position === 1n && follower.status().caughtUp);
      const before = lines.length;
      generation = id(7);
      await until('it says so', () => lines.length > before);
      expect(lines[before]).to.match(said);
    });
  }

  it('does not rely on inline projections into a read model that was thrown away since', async () => {
    const inline = new InlineProjector(stores.readModel);
    await append(1);
    await projectInline(stores.log, inline, `import-${id(1)}`);
    await stores.readModel.clear();
    start(stores.readModel, inline);
    await until('the import shows again', projected(1));
  });

  it('begins again when the read model was replaced by one at the same position while the log is quiet', async () => {
    await append(1);
    const inline = new InlineProjector(stores.readModel);
    const follower = start(stores.readModel, inline);
    await follower.whenLevel();
    await stores.readModel.clear();
    await stores.readModel.write({ writes: [], checkpoint: { from: null, to: { log: stores.log.id, position: 1n } } });
    let isForgotten = false;
    inline.forget = () => {
      isForgotten = true;
    };
    await until('what was projected inline is forgotten', () => isForgotten);
  });

  it('begins again by itself after the read model was away', async () => {
    let away = true;
    const write = (batch: Batch) => (away ? stores.unavailable() : stores.readModel.write(batch));
    const follower = start(replacing(stores.readModel, { write }));
    await append(1);
    await until('it stands still', () => follower.status().failure);
    expect(follower.status().failure).to.match(/the test says so/);
    away = false;
    await until('the import shows', projected(1));
    await until('it is well', () => follower.status().failure === null);
  });

  it('becomes level even if the read model takes only a few views in one call', async () => {
    for (let number = 0; number < 20; number += 1) await append(number);
    const write = (batch: Batch) => (batch.writes.length > 3 ? stores.unavailable() : stores.readModel.write(batch));
    const follower = start(replacing(stores.readModel, { write }));
    await follower.whenLevel();
    expect(follower.status().position).to.equal(20n);
  });

  it('skips events of a type that this release does not know, counts them, and continues with their streams', async () => {
    await append(1);
    const stream = `import-${id(1)}`;
    await stores.log.append(stream, [newEvent({ type: 'ImportExploded', data: {} })], 0);
    await stores.log.append(`import-${id(2)}`, [newEvent({ type: 'ImportExploded', data: {} })], 'no_stream');
    const follower = start();
    await follower.whenLevel();
    expect(follower.status().unknownEvents).to.equal(2);
    expect((await stores.readModel.get('import', id(1)))?.revision).to.equal(1);
    expect(await stores.readModel.get('import', id(2))).to.equal(null);
    expect(await stores.readModel.quarantined()).to.deep.equal([]);
  });

  it('continues with a stream that began with an event of an unknown type, in an earlier page', async () => {
    const stream = `import-${id(1)}`;
    await stores.log.append(stream, [newEvent({ type: 'ImportExploded', data: {} })], 'no_stream');
    const follower = start();
    await follower.whenLevel();
    await stores.log.append(stream, [newEvent(IMPORT_REQUESTED)], 0);
    await follower.whenLevel();
    expect((await stores.readModel.get('import', id(1)))?.revision).to.equal(1);
    expect(await stores.readModel.quarantined()).to.deep.equal([]);
  });

  it('quarantines what waits for an event in an earlier page, once for each event', async () => {
    const stream = `user-${id(1)}`;
    await stores.log.append(stream, [newEvent(USER_REMOVED)], 'no_stream');
    const follower = start();
    await follower.whenLevel();
    await stores.log.append(stream, [newEvent(USER_REGISTERED)], 0);
    await follower.whenLevel();
    const reasons = (await stores.readModel.quarantined()).map(({ revision, reason }) => [revision, reason]);
    expect(reasons).to.deep.equal([
      [0, 'UserRemoved does not belong here'],
      [1, 'it waits for revision 0 of its stream'],
    ]);
  });

  it('projects an event of the quarantine as soon as it can, and all that waited for it', async () => {
    const stream = `user-${id(1)}`;
    await stores.log.append(
      stream,
      [newEvent(USER_REGISTERED), newEvent(USER_REMOVED), newEvent(USER_REGISTERED)],
      'no_stream',
    );
    // As an older version left it that did not know the second event.
    const events = await stores.log.readStream(stream);
    await stores.readModel.write({
      writes: [firstOf('user', userView({ id: id(1) }))],
      quarantined: events.slice(1).map((event) => asQuarantined(event, 'unknown')),
      checkpoint: { from: null, to: { log: stores.log.id, position: 3n } },
    });
    start();
    await until(
      'the view is at the last event',
      async () => (await stores.readModel.get('user', id(1)))?.revision === 2,
    );
    await until('nothing is set aside', async () => (await stores.readModel.quarantined()).length === 0);
  });

  it('makes the same views if two of them run on the same stores', async () => {
    for (let number = 0; number < 20; number += 1) await append(number);
    const followers = [start(), start()];
    await Promise.all(followers.map((follower) => follower.whenLevel()));
    for (let number = 0; number < 20; number += 1) {
      expect((await stores.readModel.get('import', id(number)))?.revision).to.equal(0);
    }
  });
});
