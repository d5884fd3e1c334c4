import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import type { Ownership } from '../../src/errors/other-store.ts';
import { readConfig } from '../../src/settings/config.ts';
import { refusing } from '../../src/stores/adoption.ts';
import { openDeliveryStore, openDeliveryStoreForReading } from '../../src/stores/open-deliveries.ts';
import { openSealedStore, openSealedStoreForReading } from '../../src/stores/open-sealed.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const LEASE = { endpoint: 'one', holder: 'this node', beat: 1 };
const SEALED = Buffer.of(1, 2, 3);

/** Where the stores are; `disown` makes them as earlier releases made them. */
interface Place {
  readonly env: NodeJS.ProcessEnv;
  disown(): Promise<void>;
  remove(): Promise<void>;
}

function describeStores(title: string, describeIt: typeof describe, make: () => Promise<Place>): void {
  describeIt(title, () => {
    let place: Place;
    const config = () => readConfig(place.env);
    const deliveriesOf = (own: Ownership) => openDeliveryStore(config(), own, () => {});
    const sealedOf = (own: Ownership) => openSealedStore(config(), own, () => {});
    const refused = (what: RegExp, error: Error) => {
      expect(error).to.have.property('code', 'other_store');
      expect(error.message)
        .to.match(what)
        .and.match(/log ours\. This is log theirs\. Nothing was changed.*--adopt/);
    };

    beforeEach(async () => {
      place = await make();
      const deliveries = await deliveriesOf(refusing('deliveries', { id: 'ours' }));
      await deliveries.take(LEASE, null);
      await deliveries.close();
      const sealed = await sealedOf(refusing('sealed', { id: 'ours' }));
      await sealed.put('import 1', SEALED, null);
      await sealed.close();
    });

    afterEach(() => place.remove());

    it('are refused if they are another log’s, and stay as they are', async () => {
      const theirs = { id: 'theirs' };
      refused(/^The deliveries to webhooks belong/, await rejectionOf(deliveriesOf(refusing('deliveries', theirs))));
      refused(/^The sealed credentials belong/, await rejectionOf(sealedOf(refusing('sealed', theirs))));
      const reading = openDeliveryStoreForReading(config(), refusing('deliveries', theirs), () => {});
      refused(/^The deliveries to webhooks belong/, await rejectionOf(reading));
      const readingSealed = openSealedStoreForReading(config(), refusing('sealed', theirs), () => {});
      refused(/^The sealed credentials belong/, await rejectionOf(readingSealed));
      const deliveries = await deliveriesOf(refusing('deliveries', { id: 'ours' }));
      expect(await deliveries.leases()).to.deep.equal([LEASE]);
      await deliveries.close();
    });

    it('become this log’s if that is meant: deliveries begin anew, sealed credentials are kept', async () => {
      const taken: string[] = [];
      const own = { log: 'theirs', take: async (from: string) => void taken.push(from) };
      const deliveries = await deliveriesOf(own);
      expect(await deliveries.leases()).to.deep.equal([]);
      await deliveries.close();
      const sealed = await sealedOf(own);
      expect(await sealed.get('import 1')).to.deep.equal(new Uint8Array(SEALED));
      await sealed.close();
      expect(taken).to.deep.equal(['ours', 'ours']);
      expect(await rejectionOf(sealedOf(refusing('sealed', { id: 'ours' })))).to.have.property('code', 'other_store');
      const again = deliveriesOf(refusing('deliveries', { id: 'ours' }));
      expect(await rejectionOf(again)).to.have.property('code', 'other_store');
    });

    it('of earlier releases, which do not say whose they are, become this log’s, and what only reads leaves them so', async () => {
      await place.disown();
      const reading = await openDeliveryStoreForReading(config(), refusing('deliveries', { id: 'one' }), () => {});
      expect(await reading.leases()).to.deep.equal([LEASE]);
      await reading.close();
      const readingSealed = await openSealedStoreForReading(config(), refusing('sealed', { id: 'one' }), () => {});
      expect(await readingSealed.get('import 1')).to.deep.equal(new Uint8Array(SEALED));
      await readingSealed.close();
      const deliveries = await deliveriesOf(refusing('deliveries', { id: 'theirs' }));
      expect(await deliveries.leases()).to.deep.equal([LEASE]);
      await deliveries.close();
      const sealed = await sealedOf(refusing('sealed', { id: 'theirs' }));
      expect(await sealed.get('import 1')).to.deep.equal(new Uint8Array(SEALED));
      await sealed.close();
      const again = () => deliveriesOf(refusing('deliveries', { id: 'ours' }));
      expect(await rejectionOf(again())).to.have.property('code', 'other_store');
      expect(await rejectionOf(sealedOf(refusing('sealed', { id: 'ours' })))).to.have.property('code', 'other_store');
    });
  });
}

describeStores('the stores beside the log, in a folder', describe, async () => {
  const directory = temporaryDirectory();
  return {
    env: { DATA_DIR: directory.path },
    async disown() {
      for (const name of ['deliveries.db', 'sealed.db']) {
        const database = new DatabaseSync(join(directory.path, name));
        database.exec('DROP TABLE owner');
        database.close();
      }
    },
    remove: async () => directory.remove(),
  };
});

describeStores('the stores beside the log, in a database', describeWithMongodb as typeof describe, async () => {
  const directory = temporaryDirectory();
  const { url, drop } = await freshDatabase();
  return {
    env: { DATA_DIR: directory.path, MONGODB_URL: url },
    async disown() {
      const client = await MongoClient.connect(url);
      for (const name of ['webhook_store', 'sealed_store']) {
        await client.db().collection<{ _id: string }>(name).deleteOne({ _id: 'owner' });
      }
      await client.close();
    },
    async remove() {
      await drop();
      directory.remove();
    },
  };
});
