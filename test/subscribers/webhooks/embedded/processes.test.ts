import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DeliveryStore } from '../../../../src/subscribers/webhooks/delivery-store.ts';
import { openEmbeddedDeliveryStore } from '../../../../src/subscribers/webhooks/embedded/embedded-delivery-store.ts';
import { type OtherProcess, startOtherProcess } from '../../../support/start-other-process.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { finishedDelivery, someAttempt, someDelivery, someProgress } from '../some-deliveries.ts';
import type { Call } from './other-process.ts';

describe('two processes on the same deliveries.db', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let store: DeliveryStore;
  let other: OtherProcess<Call>;

  beforeEach(async () => {
    directory = temporaryDirectory();
    file = join(directory.path, 'deliveries.db');
    other = await startOtherProcess(new URL('./other-process.ts', import.meta.url), file);
    store = await openEmbeddedDeliveryStore({ file });
  });

  afterEach(async () => {
    await other.end();
    await store.close();
    directory.remove();
  });

  it('see at once what the other has written', async () => {
    const [ours, theirs] = [someDelivery('one', 1), someDelivery('one', 2)];
    await other.ask('save', 'one', [theirs], null);
    expect(await store.waiting('one')).to.deep.equal([theirs]);
    await store.save('one', [ours], null);
    expect(await other.ask('waiting', 'one')).to.deep.equal([ours, theirs]);
  });

  it('take turns, however much each of them writes', async () => {
    let writing = true;
    const batch = Array.from({ length: 100 }, (_, place) => someDelivery('one', place));
    const writers = Array.from({ length: 4 }, async () => {
      while (writing) await store.save('one', batch, null);
    });
    for (let beat = 1; beat <= 20; beat += 1) {
      const seen = beat === 1 ? null : { endpoint: 'one', holder: 'other', beat: beat - 1 };
      expect(await other.ask('take', { endpoint: 'one', holder: 'other', beat }, seen)).to.equal(true);
    }
    writing = false;
    await Promise.all(writers);
  });

  it('lose nothing that was saved when one of them is killed', async () => {
    const saved = Array.from({ length: 250 }, (_, place) => someDelivery('one', place));
    const progress = someProgress(249n);
    for (let start = 0; start < saved.length; start += 50) {
      await other.ask('save', 'one', saved.slice(start, start + 50), start === 200 ? progress : null);
    }
    await store.close();
    // Killed in the middle of a write, with nobody else there to tidy up.
    void other
      .ask(
        'save',
        'two',
        Array.from({ length: 500 }, (_, place) => someDelivery('two', place)),
        null,
      )
      .catch(() => {});
    await other.kill();
    store = await openEmbeddedDeliveryStore({ file });
    expect(await store.waiting('one')).to.deep.equal(saved);
    expect(await store.progress('one')).to.deep.equal(progress);
    expect((await store.waiting('two')).length).to.be.oneOf([0, 500]);
  });

  it('both go on with the same new file if it is removed', async () => {
    await store.save('one', [someDelivery('one', 1)], someProgress(1n));
    for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });
    const theirs = someDelivery('one', 2);
    await other.ask('save', 'one', [theirs], null);
    expect(await store.waiting('one')).to.deep.equal([theirs]);
    expect(await store.progress('one')).to.equal(null);
  });

  it('of which one has no room to write says so, still reads, and writes again when there is room', async () => {
    const attempts = [someAttempt({ answer: 'x'.repeat(1_000) })];
    const many = Array.from({ length: 100 }, (_, place) => finishedDelivery('one', place, { attempts }));
    await other.ask('save', 'one', many, null);
    other.limitFiles(String(Math.max(statSync(file).size, statSync(`${file}-wal`).size)));
    const more = () => Array.from({ length: 100 }, (_, place) => finishedDelivery('one', place, { attempts }));
    let failed: unknown;
    for (let tries = 0; tries < 100 && failed === undefined; tries += 1)
      failed = await other.ask('save', 'one', more(), null);
    expect(failed).to.include({ failure: 'deliveries_unavailable' });
    expect(await other.ask('list', { endpoint: 'one', limit: 1 })).to.have.length(1);
    other.limitFiles('unlimited');
    const last = someDelivery('one', 1);
    expect(await other.ask('save', 'one', [last], null)).to.equal(undefined);
    expect(await store.waiting('one')).to.deep.equal([last]);
  });
});
