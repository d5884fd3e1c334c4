import { rmSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { LogDamaged } from '../../../src/events/errors.ts';
import type { EventLog } from '../../../src/events/event-log.ts';
import { newId } from '../../../src/events/new-id.ts';
import { lastScrub } from '../../../src/operations/last-look.ts';
import { Scrub } from '../../../src/operations/scrub/scrub.ts';
import { newEvent as anyEvent, newStream } from '../../events/new-event.ts';
import { newEvent, USER_REGISTERED, USER_REMOVED } from '../../support/events.ts';
import { untilLevel } from '../../support/projected.ts';
import { replacing } from '../../support/replacing.ts';
import { openTestStores, type TestStores } from '../../support/stores.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';

describe('a scrub', () => {
  let stores: TestStores;
  let directory: ReturnType<typeof temporaryDirectory>;
  let said: string[];
  let scrub: Scrub;

  beforeEach(async () => {
    stores = await openTestStores();
    directory = temporaryDirectory();
    said = [];
    for (let index = 0; index < 5; index += 1) await stores.log.append(newStream(), [anyEvent()], 'no_stream');
  });

  afterEach(async () => {
    await scrub.stop();
    await stores.close();
    directory.remove();
  });

  const begin = (log: EventLog, everyMs = 86_400_000) => {
    const say = (_fields: object, message: string) => said.push(message);
    const logger = { info: say, error: say };
    scrub = new Scrub({
      log,
      readModel: stores.readModel,
      blobs: null,
      dataDir: directory.path,
      everyMs,
      lookEveryMs: 1,
      logger,
    });
    scrub.start();
  };

  /** Position 3 cannot be read. */
  const damaged = () =>
    replacing(stores.log, {
      async *follow(after) {
        const events = await stores.log.readAll(after, 100);
        const before = events.filter(({ position }) => position < 3n || after >= 3n);
        if (before.length > 0) yield before;
        if (before.length < events.length) throw new LogDamaged('position 3 is damaged', undefined, 3n);
      },
      soundAfter: async () => 4n,
    });

  it('looks at the whole log once, and a restart knows it', async () => {
    begin(stores.log);
    await until('it is done', () => scrub.last !== null);
    expect(scrub.last).to.include({ events: 5, faults: 0, first: null, differences: 0, first_difference: null });
    await until('it is noted', () => lastScrub.read(directory.path, stores.log.id));
    await scrub.stop();
    const before = scrub.last;
    begin(stores.log);
    await until('it is known', () => scrub.last !== null);
    expect(scrub.last).to.deep.equal(before);
  });

  it('is noted though nothing has made the data directory so far', async () => {
    rmSync(directory.path, { recursive: true });
    begin(stores.log);
    await until('it is noted', () => lastScrub.read(directory.path, stores.log.id));
    await until('it is said', () => said.length > 0);
    expect(said).to.deep.equal(['the scrub has looked at everything']);
  });

  it('has looked at everything though that cannot be noted, and says so', async () => {
    rmSync(directory.path, { recursive: true });
    writeFileSync(directory.path, 'no directory');
    begin(stores.log);
    await until('it is done', () => said.includes('the scrub has looked at everything'));
    expect(said).to.have.length(2);
    expect(said[0]).to.include(`is not noted in DATA_DIR ${directory.path}: a restart begins it again`);
    expect(scrub.last).to.include({ events: 5, faults: 0 });
  });

  it('says what is damaged, and goes on after it', async () => {
    begin(damaged());
    await until('it is done', () => scrub.last !== null);
    const first = 'the log: damaged: position 3 cannot be read: position 3 is damaged';
    expect(scrub.last).to.include({ events: 4, faults: 1, first });
    expect(said[0]).to.match(/found damage: restore a backup/);
  });

  it('compares the views with the log, and says which differ', async () => {
    const id = newId();
    await stores.log.append(`user-${id}`, [newEvent(USER_REGISTERED), newEvent(USER_REMOVED)], 'no_stream');
    await untilLevel(stores.log, stores.readModel);
    const before = await stores.readModel.get('user', id);
    await stores.readModel.repair('user', id, before, before && { ...before, revision: 0 });
    begin(stores.log);
    await until('it is done', () => scrub.last !== null);
    expect(scrub.last).to.include({ faults: 0, differences: 1, first_difference: `user-${id}: behind: revision` });
    expect(said[0]).to.match(/view that differs from the log: see `imports verify --all --repair --dry-run`/);
  });
});
