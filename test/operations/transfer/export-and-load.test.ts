import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { EventLog } from '../../../src/events/event-log.ts';
import { openEventStoreLog } from '../../../src/events/eventstore/open.ts';
import { newId } from '../../../src/events/new-id.ts';
import { exportEvents } from '../../../src/operations/transfer/export-events.ts';
import { linesIn } from '../../../src/operations/transfer/lines.ts';
import { loadEvents } from '../../../src/operations/transfer/load-events.ts';
import { appendingTo } from '../../../src/operations/transfer/target.ts';
import { IMPORT_REQUESTED, newEvent, USER_REGISTERED, USER_REMOVED } from '../../support/events.ts';
import { startEventStore } from '../../support/eventstore.ts';
import { untilLevel } from '../../support/projected.ts';
import { openTestStores, type TestStores } from '../../support/stores.ts';

const never = new AbortController().signal;

/** The lines of the events after a position, and their last position. */
async function linesOf(log: EventLog, after = 0n): Promise<{ text: string; events: number; position: bigint }> {
  let text = '';
  const write = async (lines: string) => {
    text += lines;
  };
  return { ...(await exportEvents(log, after, write, never, () => {})), text };
}

async function load(log: EventLog, text: string) {
  const target = await appendingTo(log, { forMs: 0, onTrouble: () => {}, signal: never });
  return loadEvents(linesIn(Readable.from([Buffer.from(text)])), target, never, () => {});
}

const withoutPositions = (text: string) => text.replace(/^\{"position":"\d+",/gm, '');

describe('a log that moves to EventStoreDB and back', () => {
  let from: TestStores;
  let to: TestStores;

  beforeEach(async () => {
    [from, to] = [await openTestStores(), await openTestStores()];
  });

  afterEach(async () => {
    await from.close();
    await to.close();
  });

  /** Users and imports; gives the ids of the imports. */
  async function fill(log: EventLog): Promise<string[]> {
    const imports = Array.from({ length: 600 }, newId);
    for (const id of [newId(), newId()]) await log.append(`user-${id}`, [newEvent(USER_REGISTERED)], 'no_stream');
    await Promise.all(imports.map((id) => log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream')));
    const gone = newId();
    await log.append(`user-${gone}`, [newEvent(USER_REGISTERED)], 'no_stream');
    await log.append(`user-${gone}`, [newEvent(USER_REMOVED)], 0);
    return imports;
  }

  async function viewsIn({ log, readModel }: TestStores, imports: readonly string[]) {
    await untilLevel(log, readModel);
    return {
      users: await readModel.page('user', null, 100),
      imports: [...(await readModel.getMany('import', imports))].sort(([a], [b]) => a.localeCompare(b)),
    };
  }

  it('has the same lines and gives the same views', async () => {
    const imports = await fill(from.log);
    const there = await linesOf(from.log);
    const server = await startEventStore();
    const eventStore = await openEventStoreLog({ url: server.url });
    try {
      const head = await eventStore.head();
      expect(await load(eventStore, there.text)).to.deep.equal({ appended: 604, there: 0 });
      expect(await load(eventStore, there.text)).to.deep.equal({ appended: 0, there: 604 });
      const back = await linesOf(eventStore, head);
      expect(withoutPositions(back.text) === withoutPositions(there.text)).to.equal(true);
      expect(await linesOf(eventStore, back.position)).to.include({ text: '', events: 0 });
      expect(await load(to.log, back.text)).to.deep.equal({ appended: 604, there: 0 });
    } finally {
      await eventStore.close();
      await server.stop();
    }
    expect((await linesOf(to.log)).text === there.text).to.equal(true);
    const views = await viewsIn(from, imports);
    expect(views.users).to.have.length(3);
    expect(views.imports).to.have.length(600);
    expect(await viewsIn(to, imports)).to.deep.equal(views);
  });

  it('ends at the head of the beginning, although events are appended during the export', async () => {
    await fill(from.log);
    const head = await from.log.head();
    const write = async () => {
      await from.log.append(`user-${newId()}`, [newEvent(USER_REGISTERED)], 'no_stream');
    };
    expect(await exportEvents(from.log, 0n, write, never, () => {})).to.deep.equal({ events: 604, position: head });
  });
});
