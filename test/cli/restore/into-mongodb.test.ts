import { join } from 'node:path';
import { expect } from 'chai';
import { newId } from '../../../src/events/new-id.ts';
import { readConfig } from '../../../src/settings/config.ts';
import { refusing } from '../../../src/stores/adoption.ts';
import { openDeliveryStore } from '../../../src/stores/open-deliveries.ts';
import type { DeliveryStore } from '../../../src/subscribers/webhooks/delivery-store.ts';
import { someProgress } from '../../subscribers/webhooks/some-deliveries.ts';
import { type EmbeddedData, embeddedData } from '../../support/embedded-data.ts';
import { newEvent, USER_REGISTERED } from '../../support/events.ts';
import { imports } from '../../support/imports.ts';
import { describeWithMongodb, freshDatabase } from '../../support/mongodb.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const WEBHOOK = '5c3b1b0e-0000-4000-8000-000000000002';

describeWithMongodb('npx imports restore, with views in MongoDB', () => {
  let data: EmbeddedData;
  let directory: ReturnType<typeof temporaryDirectory>;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let env: NodeJS.ProcessEnv;
  let backup: string;

  beforeEach(async () => {
    [data, directory, database] = [embeddedData(), temporaryDirectory(), await freshDatabase()];
    backup = join(directory.path, 'backup');
    env = { ...data.env, DATA_DIR: join(directory.path, 'data'), MONGODB_URL: database.url };
    await data.append('user-f1900bba-e339-4dc9-87df-9dc8665adead', newEvent(USER_REGISTERED));
    await imports(data.env, 'backup', backup);
  });

  afterEach(async () => {
    await database.drop();
    directory.remove();
    data.remove();
  });

  const withDeliveries = async <T>(log: string, work: (store: DeliveryStore) => Promise<T>) => {
    const store = await openDeliveryStore(readConfig(env), refusing('deliveries', { id: log }), () => {});
    return work(store).finally(() => store.close());
  };

  for (const [whose, drops] of [
    ['this log at another time', true],
    ['another log', false],
  ] as const) {
    it(`${drops ? 'removes' : 'keeps'} the deliveries to webhooks of ${whose}`, async () => {
      const log = drops ? await data.with(async ({ id }) => id) : newId();
      await withDeliveries(log, (store) => store.save(WEBHOOK, [], someProgress(3n)));
      const { code, stderr } = await imports(env, 'restore', backup, '--yes');
      expect(code, stderr).to.equal(0);
      expect(stderr.includes('The deliveries to webhooks were of this log at another time')).to.equal(drops);
      await withDeliveries(log, async (store) => {
        expect((await store.progress(WEBHOOK)) === null).to.equal(drops);
      });
    });
  }
});
