import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LogUnavailable, UndecodableEvent } from '../../../src/events/errors.ts';
import type { BlobStore } from '../../../src/importer/blobs/blob-store.ts';
import { pathOf } from '../../../src/importer/blobs/local/file-places.ts';
import { openLocalBlobStore } from '../../../src/importer/blobs/local/open.ts';
import { type SweepParts, sweep } from '../../../src/importer/blobs/sweep.ts';
import { newEvent, USER_REMOVED } from '../../support/events.ts';
import { MemoryLog } from '../../support/memory-log.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { drafted, sha256Of } from './drafted.ts';

const HOUR_MS = 3_600_000;
const now = new Date();
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * HOUR_MS);

function succeeded(sha256: string) {
  const image = {
    ...{ id: '3c6b2a57-3f1d-5b0b-9a52-0d6c5a1f5d11', sha256, md5: '0'.repeat(32), bytes: 1, content_type: 'image/png' },
    ...{ format: 'png', width: 1, height: 1, filename: null },
  };
  const source = { kind: 'url', host: 'example.com', path: '/' };
  return newEvent({ type: 'ImportSucceeded', data: { album_id: null, attempt: 1, image, source, calls: [] } });
}

describe('the sweep', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let store: BlobStore;
  let log: MemoryLog;

  beforeEach(async () => {
    directory = temporaryDirectory();
    log = new MemoryLog();
    store = await open('this installation');
  });

  afterEach(() => directory.remove());

  const open = (service: string) =>
    openLocalBlobStore({
      ...{ folder: join(directory.path, 'blobs'), isMade: true, owner: { log: log.id, service } },
      onNotice: () => {},
    });

  /** Keeps bytes; gives their sha256. */
  const keep = async (text: string, at: Date) => {
    const draft = drafted(directory.path, text);
    await store.keep(draft);
    utimesSync(pathOf(store.address, draft.sha256), at, at);
    return draft.sha256;
  };
  const name = async (sha256: string) => {
    await log.append(`import-${log.events.length}`, [succeeded(sha256)]);
  };
  const run = (parts: Partial<SweepParts> = {}) =>
    sweep({ store, log, now, signal: new AbortController().signal, ...parts });
  const kept = async () => (await Array.fromAsync(store.list())).map(({ sha256 }) => sha256).toSorted();

  it('removes what is older than a day and was never named, as after a crash between keeping and the event', async () => {
    const [named, unnamed, young] = [
      await keep('named', hoursAgo(30)),
      await keep('unnamed!', hoursAgo(25)),
      await keep('young', hoursAgo(23)),
    ];
    await log.append('user-1', [newEvent(USER_REMOVED)]);
    await name(named);
    expect(await run()).to.deep.equal({ blobs: 3, bytes: 18, removed: 1 });
    expect(await kept()).to.deep.equal([named, young].toSorted());
    expect(await store.stat(unnamed)).to.equal(null);
  });

  it('removes nothing if all is named, and does not read the log for young bytes', async () => {
    await name(await keep('named', hoursAgo(30)));
    expect(await run()).to.include({ removed: 0 });
    log.readings.all = 0;
    const young = await keep('young', hoursAgo(1));
    utimesSync(pathOf(store.address, sha256Of('named')), now, now);
    expect(await run()).to.include({ blobs: 2, removed: 0 });
    expect(log.readings.all).to.equal(0);
    expect(await kept()).to.include(young);
  });

  it('leaves bytes that are kept anew while it reads the log', async () => {
    const sha256 = await keep('again', hoursAgo(30));
    log.readAll = async () => {
      await keep('again', now);
      return MemoryLog.prototype.readAll.call(log, 0n, 10);
    };
    await name(sha256Of('another'));
    expect(await run()).to.include({ removed: 0 });
    expect(await kept()).to.deep.equal([sha256]);
  });

  it('leaves bytes that are named while it lists', async () => {
    const sha256 = await keep('late', hoursAgo(30));
    const listing: BlobStore = Object.create(store, {
      list: {
        async *value() {
          yield* store.list();
          await name(sha256);
        },
      },
      maySweep: { value: true },
    });
    expect(await run({ store: listing })).to.include({ removed: 0 });
    expect(await kept()).to.deep.equal([sha256]);
  });

  it('removes the same if it has to go through the store in parts', async () => {
    const all = Array.from({ length: 60 }, (_, index) => `blob ${index}`);
    for (const text of all) await keep(text, hoursAgo(30));
    for (const text of all.slice(0, 40)) await name(sha256Of(text));
    expect(await run({ atOnce: 7 })).to.include({ blobs: 60, removed: 20 });
    expect(await kept()).to.deep.equal(all.slice(0, 40).map(sha256Of).toSorted());
    expect(log.readings.all).to.be.above(5);
  });

  it('removes nothing from a store that another installation of the log uses, but counts', async () => {
    await keep('unnamed', hoursAgo(30));
    const copys = await open('a copy');
    expect(await run({ store: copys })).to.deep.equal({ blobs: 1, bytes: 7, removed: 0 });
    expect(await kept()).to.have.length(1);
  });

  describe('removes nothing if the log', () => {
    beforeEach(async () => {
      await keep('unnamed', hoursAgo(30));
      await name(sha256Of('another'));
    });

    afterEach(async () => {
      expect(await kept()).to.have.length(1);
    });

    it('is away', async () => {
      log.setAway(true);
      expect(await rejectionOf(run())).to.be.instanceOf(LogUnavailable);
    });

    it('ends before its head', async () => {
      log.readAll = async (after) => (after === 0n ? log.events.slice(0, 1) : []);
      log.head = async () => 2n;
      expect(await rejectionOf(run())).to.be.instanceOf(LogUnavailable);
    });

    it('has an event that cannot be read', async () => {
      await log.append('import-x', [newEvent({ type: 'ImportSucceeded', data: { image: 'another form' } })]);
      expect(await rejectionOf(run())).to.be.instanceOf(UndecodableEvent);
    });

    it('has an event of a newer release', async () => {
      await log.append('import-x', [newEvent({ type: 'ImportMadeBetter', data: {} })]);
      expect(await rejectionOf(run())).to.be.instanceOf(UndecodableEvent);
    });

    it('is not read to its end, since the sweep is ended', async () => {
      const stop = new AbortController();
      log.readAll = async () => {
        stop.abort(new Error('the service ends'));
        return log.events.slice(0, 0).concat(log.events[0] ?? []);
      };
      log.head = async () => 5n;
      expect((await rejectionOf(run({ signal: stop.signal }))).message).to.equal('the service ends');
    });
  });

  it('lets others have their turn while it reads the log', async () => {
    await keep('unnamed', hoursAgo(30));
    let [turns, turnsAtFirst, pages] = [0, 0, 0];
    let timer = setImmediate(function count() {
      turns += 1;
      timer = setImmediate(count);
    });
    log.head = async () => 50n;
    log.readAll = async (after) => {
      pages += 1;
      if (pages === 1) turnsAtFirst = turns;
      for (const beganMs = performance.now(); performance.now() - beganMs < 5; );
      return [{ ...succeeded(sha256Of('named')), stream: 'import-x', revision: 0, position: after + 1n }];
    };
    expect(await run()).to.include({ removed: 1 });
    clearImmediate(timer);
    expect(turns - turnsAtFirst).to.be.above(pages / 2);
  });
});
