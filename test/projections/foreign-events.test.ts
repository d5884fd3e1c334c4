import { expect } from 'chai';
import { executor } from '../../src/commands/execute.ts';
import { userDecider } from '../../src/commands/user.ts';
import { timelineFromLog } from '../../src/history/timeline-from-log.ts';
import { examine } from '../../src/operations/verify/examine.ts';
import { verifyAll } from '../../src/operations/verify/verify-all.ts';
import { asQuarantined } from '../../src/projections/decode-or-quarantine.ts';
import { Follower } from '../../src/projections/follower.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import { retryQuarantined } from '../../src/projections/quarantine.ts';
import type { Stores } from '../../src/projections/stores.ts';
import { viewFromLog } from '../../src/projections/view-from-log.ts';
import { readConfig } from '../../src/settings/config.ts';
import { openStores } from '../../src/stores/open-stores.ts';
import type { Opened } from '../../src/stores/with-read-model.ts';
import { METADATA, newEvent, UNREADABLE } from '../support/events.ts';
import { type StandIn, startStandIn } from '../support/eventstore/stand-in.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const USER = 'f1900bba-e339-4dc9-87df-9dc8665adead';
const STREAM = `user-${USER}`;

describe('a stream in EventStoreDB to which another application writes, too', () => {
  let server: StandIn;
  let directory: ReturnType<typeof temporaryDirectory>;
  let stores: Opened<Stores>;
  let inline: InlineProjector;
  let follower: Follower;
  let warnings: object[];
  let foreign: number;

  beforeEach(async () => {
    server = await startStandIn();
    directory = temporaryDirectory();
    foreign = 0;
    warnings = [];
    const observer = {
      logCalled: () => {},
      readModelCalled: () => {},
      foreignEventPassed: () => {
        foreign += 1;
      },
    };
    stores = await openStores(readConfig({ EVENTSTORE_URL: server.url, DATA_DIR: directory.path }), () => {}, {
      observer,
    });
    inline = new InlineProjector(stores.readModel);
    const logger = { info: () => {}, warn: (fields: object) => warnings.push(fields) };
    follower = new Follower(stores.log, stores.readModel, inline, logger);
    follower.start();
  });

  afterEach(async () => {
    await follower.stop();
    await stores.close();
    await server.stop();
    directory.remove();
  });

  const context = { operator: 'root', request_id: 'test' };

  /** Executes a command on the user, with an event of the other application before it. Gives the revision of the answer's view. */
  async function execute(type: 'RegisterUser' | 'RemoveUser', isProbablyNew = false) {
    server.appendForeign(STREAM);
    const command =
      type === 'RemoveUser'
        ? ({ type } as const)
        : ({ type, organization_id: METADATA.organization_id, role: 'member' } as const);
    const { view } = await executor(stores.log, inline)(userDecider, STREAM, command, context, { isProbablyNew });
    return view?.revision;
  }

  async function findings() {
    const pages = (async function* () {
      yield await stores.log.readAll(0n, 100);
    })();
    const all = [];
    for await (const finding of verifyAll(stores, pages, await stores.log.head(), new AbortController().signal))
      all.push(finding);
    return all;
  }

  it('is written, projected and verified as if it had our events only', async () => {
    await follower.whenLevel();
    const revisions = [await execute('RegisterUser', true), await execute('RemoveUser'), await execute('RegisterUser')];
    expect(revisions).to.deep.equal([1, 3, 5]);
    await follower.whenLevel();
    expect(await stores.readModel.get('user', USER)).to.deep.equal(await viewFromLog(stores.log, 'user', USER));
    expect((await stores.readModel.get('user', USER))?.revision).to.equal(5);
    expect(await stores.readModel.quarantined()).to.deep.equal([]);
    expect(warnings).to.deep.equal([]);
    expect(await findings()).to.deep.equal([]);
    expect(await examine(stores, [STREAM])).to.deep.equal([]);
    expect(foreign).to.equal(3);
    const timeline = await timelineFromLog(stores.log, await stores.log.readAll(0n, 10));
    expect(timeline.map(({ problem, stored }) => [problem, stored?.revision])).to.deep.equal([
      [null, 1],
      [null, 3],
      [null, 5],
    ]);
  });

  it('is projected by a follower alone, in one page or in several', async () => {
    await follower.whenLevel();
    const { log, readModel } = stores;
    for (let round = 0; round < 3; round += 1) {
      await execute(round % 2 === 0 ? 'RegisterUser' : 'RemoveUser');
      // As on a node that did not append it.
      inline.forget();
      await follower.whenLevel();
    }
    expect((await readModel.get('user', USER))?.revision).to.equal(5);
    await follower.stop();
    await readModel.clear();
    follower = new Follower(log, readModel, new InlineProjector(readModel), { info: () => {}, warn: () => {} });
    follower.start();
    await follower.whenLevel();
    expect((await readModel.get('user', USER))?.revision).to.equal(5);
    expect(await readModel.quarantined()).to.deep.equal([]);
  });

  it('still waits for an event of ours that cannot be read', async () => {
    await execute('RegisterUser');
    server.appendForeign(STREAM);
    await stores.log.append(STREAM, [newEvent({ ...UNREADABLE, type: 'UserRemoved', data: 1 })], 1);
    await follower.whenLevel();
    server.appendForeign(STREAM);
    await stores.log.append(STREAM, [newEvent({ type: 'UserRemoved', data: {} })], 3);
    await follower.whenLevel();
    const quarantined = await stores.readModel.quarantined();
    expect(quarantined.map(({ revision, reason }) => [revision, reason.slice(0, 34)])).to.deep.equal([
      [3, `event 3 of ${STREAM}`.slice(0, 34)],
      [5, 'it waits for revision 3 of its stream'.slice(0, 34)],
    ]);
    expect((await stores.readModel.get('user', USER))?.revision).to.equal(1);
  });

  it('is released from the quarantine as a whole', async () => {
    await execute('RegisterUser');
    await follower.whenLevel();
    await execute('RemoveUser');
    await execute('RegisterUser');
    await follower.whenLevel();
    const { log, readModel } = stores;
    const quarantined = (await log.readStream(STREAM)).map((event) => asQuarantined(event, 'unknown'));
    await readModel.repair('user', USER, await readModel.get('user', USER), null);
    await readModel.write({ writes: [], quarantined });
    expect(await retryQuarantined(log, readModel)).to.deep.equal({ released: 3, waiting: [] });
    expect((await readModel.get('user', USER))?.revision).to.equal(5);
  });

  it('does not stop the follower if somebody deletes it', async () => {
    await execute('RegisterUser');
    await follower.whenLevel();
    await follower.stop();
    server.appendForeign(STREAM);
    await stores.log.append(STREAM, [newEvent({ type: 'UserRemoved', data: {} })], 1);
    server.tombstone(STREAM);
    follower = new Follower(stores.log, stores.readModel, new InlineProjector(stores.readModel), {
      info: () => {},
      warn: (fields) => warnings.push(fields),
    });
    follower.start();
    await follower.whenLevel();
    expect((await stores.readModel.quarantined()).map(({ reason }) => reason)).to.deep.equal([
      'it waits for revision 2 of its stream',
    ]);
  });
});
