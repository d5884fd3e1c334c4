import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DeliveriesForReading } from '../../../../src/subscribers/webhooks/embedded/deliveries-for-reading.ts';
import { openEmbeddedDeliveryStore } from '../../../../src/subscribers/webhooks/embedded/embedded-delivery-store.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { someDelivery, someProgress } from '../some-deliveries.ts';

describe('deliveries.db for commands that only read', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let notices: string[];

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory.path, 'deliveries.db');
    notices = [];
  });

  afterEach(() => directory.remove());

  const open = () => new DeliveriesForReading(file, (notice) => notices.push(notice));

  it('is empty if it is not there, and is not made', async () => {
    const reading = open();
    expect(await reading.progress('one')).to.equal(null);
    expect(await reading.waiting('one')).to.deep.equal([]);
    expect(await reading.withIds('one', ['delivery'])).to.deep.equal([]);
    expect(await reading.list({ endpoint: 'one', limit: 10 })).to.deep.equal([]);
    expect(await reading.leases()).to.deep.equal([]);
    expect(readdirSync(directory.path)).to.deep.equal([]);
    expect(notices).to.deep.equal([]);
  });

  it('shows what a service writes, now and after its end', async () => {
    const store = await openEmbeddedDeliveryStore({ file });
    const [first, second, progress] = [someDelivery('one', 1), someDelivery('one', 2), someProgress(2n)];
    const lease = { endpoint: 'one', holder: 'this node', beat: 1 };
    await store.save('one', [first], progress);
    await store.take(lease, null);
    const reading = open();
    expect(await reading.waiting('one')).to.deep.equal([first]);
    await store.save('one', [second], null);
    expect(await reading.list({ endpoint: 'one', limit: 10 })).to.deep.equal([second, first]);
    await reading.close();
    await store.close();
    const later = open();
    expect(await later.withIds('one', [second.id])).to.deep.equal([second]);
    expect(await later.progress('one')).to.deep.equal(progress);
    expect(await later.leases()).to.deep.equal([lease]);
    await later.close();
    expect(readdirSync(directory.path)).to.have.members(['deliveries.db', 'deliveries.db.lock']);
  });

  it('is empty if it is damaged, says so once, and is left as it is', async () => {
    writeFileSync(file, 'no database'.repeat(1_000));
    const reading = open();
    expect(await reading.progress('one')).to.equal(null);
    expect(await reading.waiting('one')).to.deep.equal([]);
    expect(notices).to.have.length(1);
    expect(notices[0]).to.match(/^deliveries\.db cannot be used \(.+\): the service replaces it when it starts\.$/);
    expect(readdirSync(directory.path)).to.deep.equal(['deliveries.db']);
  });
});
