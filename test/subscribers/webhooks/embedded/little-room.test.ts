import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DeliveryStore } from '../../../../src/subscribers/webhooks/delivery-store.ts';
import { openEmbeddedDeliveryStore } from '../../../../src/subscribers/webhooks/embedded/embedded-delivery-store.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { until } from '../../../support/until.ts';
import { finishedDelivery, someAttempt, someDelivery } from '../some-deliveries.ts';

describe('a deliveries.db on a disk with little room', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let store: DeliveryStore;
  let notices: string[];
  const file = () => join(directory.path, 'deliveries.db');

  const open = async (floorBytes: number) => {
    store = await openEmbeddedDeliveryStore({ file: file(), floorBytes, onNotice: (notice) => notices.push(notice) });
  };

  beforeEach(() => {
    directory = temporaryDirectory();
    notices = [];
  });

  afterEach(async () => {
    await store.close();
    directory.remove();
  });

  it('keeps all that is sent, but no answers, and says so once', async () => {
    await open(Number.MAX_SAFE_INTEGER);
    const failure = someAttempt({ status: null, answer: null, failure: 'refused' });
    const delivery = someDelivery('one', 1, { attempts: [failure, someAttempt({ status: 500, answer: 'no' })] });
    await store.save('one', [delivery], null);
    const attempts = [failure, someAttempt({ status: 500, answer: null })];
    expect(await store.waiting('one')).to.deep.equal([{ ...delivery, attempts }]);
    expect(notices).to.have.length(1);
    expect(notices[0]).to.include(`Little room is left in ${directory.path}: make room there.`);
  });

  it('gives up the oldest finished deliveries, and gets shorter', async () => {
    await open(0);
    const waiting = someDelivery('one', 0);
    const many = Array.from({ length: 3_000 }, (_, place) => finishedDelivery('one', place));
    await store.save('one', [waiting, ...many], null);
    await store.close();
    const bytes = statSync(file()).size;
    await open(Number.MAX_SAFE_INTEGER);
    const kept = await until('they are gone', async () => {
      const listed = await store.list({ endpoint: 'one', limit: 5_000 });
      return listed.length === 1_001 ? listed : null;
    });
    const newest = many.slice(2_000).map(({ id }) => id);
    expect(kept.map(({ id }) => id)).to.have.members([waiting.id, ...newest]);
    await store.close();
    expect(statSync(file()).size).to.be.below(bytes / 2);
  });
});
