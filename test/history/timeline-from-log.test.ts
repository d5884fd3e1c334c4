import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { type FoldedStreams, timelineFromLog } from '../../src/history/timeline-from-log.ts';
import { IMPORT_REQUESTED, newEvent, USER_REGISTERED, USER_REMOVED } from '../support/events.ts';
import { recorded } from '../support/recorded.ts';
import { openTestStores, type TestStores } from '../support/stores.ts';

describe('the timeline of events of many streams', () => {
  let stores: TestStores;

  beforeEach(async () => {
    stores = await openTestStores();
    for (let user = 0; user < 2; user += 1) {
      await stores.log.append(
        `user-${newId()}`,
        [USER_REGISTERED, USER_REMOVED].map((fact) => newEvent(fact)),
        'any',
      );
    }
  });

  afterEach(() => stores.close());

  it('is in the given order, each event with its changes, for which earlier events are read', async () => {
    const [, first, , second] = await stores.log.readAll(0n, 10);
    const entries = await timelineFromLog(
      stores.log,
      [second, first].filter((event) => event !== undefined),
    );
    expect(entries.map(({ event }) => event.position)).to.deep.equal([4n, 2n]);
    for (const { changes } of entries) expect(changes.map(({ field }) => field)).to.deep.equal(['removed_at']);
  });

  it('reads nothing if all events of a stream are given', async () => {
    const events = await stores.log.readAll(0n, 2);
    stores.log.readStream = () => expect.fail('it was read');
    const entries = await timelineFromLog(stores.log, events);
    expect(entries.map(({ changes }) => changes.length)).to.deep.equal([5, 1]);
  });

  it('reads a long stream page by page, and says what an event waits for in an earlier page', async () => {
    const id = newId();
    const facts = [IMPORT_REQUESTED, ...Array.from({ length: 1_001 }, () => USER_REMOVED)];
    await stores.log.append(
      `import-${id}`,
      facts.map((fact) => newEvent(fact)),
      'any',
    );
    const { readStream } = stores.log;
    const lengths: number[] = [];
    stores.log.readStream = async (...read) => {
      const page = await readStream.apply(stores.log, read);
      lengths.push(page.length);
      return page;
    };
    const last = (await stores.log.readAll(0n, 2_000)).at(-1);
    const [entry] = await timelineFromLog(stores.log, last === undefined ? [] : [last]);
    expect(entry?.problem).to.equal('it waits for revision 1 of its stream');
    expect(lengths).to.deep.equal([500, 500, 2]);
  });

  it('goes on in a long stream where an earlier call has left it', async () => {
    const facts = [IMPORT_REQUESTED, ...Array.from({ length: 700 }, () => USER_REMOVED)];
    const stream = `import-${newId()}`;
    await stores.log.append(
      stream,
      facts.map((fact) => newEvent(fact)),
      'any',
    );
    const events = await stores.log.readStream(stream);
    const streams: FoldedStreams = new Map();
    await timelineFromLog(stores.log, events.slice(0, 600), streams);
    stores.log.readStream = () => expect.fail('it was read again');
    const [next] = await timelineFromLog(stores.log, events.slice(600), streams);
    expect([next?.event.revision, next?.problem]).to.deep.equal([600, 'it waits for revision 1 of its stream']);
    expect(next?.stored?.revision).to.equal(0);
  });

  it('shows an event even if its stream was deleted', async () => {
    const [entry] = await timelineFromLog(stores.log, [recorded({ ...IMPORT_REQUESTED, revision: 3 })]);
    expect([entry?.event.revision, entry?.problem]).to.deep.equal([3, 'the events before it were deleted']);
  });
});
