import { expect } from 'chai';
import { executor } from '../../src/commands/execute.ts';
import { importDecider } from '../../src/commands/import.ts';
import { newId } from '../../src/events/new-id.ts';
import { examine } from '../../src/operations/verify/examine.ts';
import { verifyAll } from '../../src/operations/verify/verify-all.ts';
import { Follower } from '../../src/projections/follower.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import type { Stores } from '../../src/projections/stores.ts';
import { readConfig } from '../../src/settings/config.ts';
import { openStores } from '../../src/stores/open-stores.ts';
import type { Opened } from '../../src/stores/with-read-model.ts';
import { IMPORT_REQUESTED, METADATA, newEvent } from '../support/events.ts';
import { type StandIn, startStandIn } from '../support/eventstore/stand-in.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const IMPORT = '3d172b54-f40f-4df9-9342-0b042fac5382';
const STREAM = `import-${IMPORT}`;

describe('a stream that somebody deletes with the tools of EventStoreDB', () => {
  let server: StandIn;
  let directory: ReturnType<typeof temporaryDirectory>;
  let stores: Opened<Stores>;
  let inline: InlineProjector;
  let follower: Follower;
  let warnings: { readonly stream?: string }[];

  const request = () => {
    const { organization_id, import_type, album_id, params } = IMPORT_REQUESTED.data;
    const command = { type: 'CreateImport', organization_id, import_type, album_id, params, redacted: [] } as const;
    const context = { organization_id: METADATA.organization_id, operator: 'root', request_id: 'test' };
    return executor(stores.log, inline)(importDecider, STREAM, command, context);
  };
  const findings = async (size = 100) => {
    const pages = async function* () {
      const events = await stores.log.readAll(0n, 100);
      for (let start = 0; start < events.length; start += size) yield events.slice(start, start + size);
    };
    const found = verifyAll(stores, pages(), await stores.log.head(), new AbortController().signal);
    return (await Array.fromAsync(found)).map(({ what }) => what);
  };

  beforeEach(async () => {
    server = await startStandIn();
    directory = temporaryDirectory();
    warnings = [];
    stores = await openStores(readConfig({ EVENTSTORE_URL: server.url, DATA_DIR: directory.path }), () => {});
    inline = new InlineProjector(stores.readModel);
    follower = new Follower(stores.log, stores.readModel, inline, {
      info: () => {},
      warn: (fields) => void warnings.push(fields),
    });
    follower.start();
  });

  afterEach(async () => {
    await follower.stop();
    await stores.close();
    await server.stop();
    directory.remove();
  });

  it('begins again with the next request: nothing waits for what is gone, and nothing differs', async () => {
    await request();
    await follower.whenLevel();
    server.deleteSoftly(STREAM);
    expect((await request()).view?.revision).to.equal(1);
    await follower.whenLevel();
    expect((await stores.readModel.get('import', IMPORT))?.revision).to.equal(1);
    expect(await stores.readModel.quarantined()).to.deep.equal([]);
    expect(await findings()).to.deep.equal([]);
  });

  it('is no difference if it is gone for good, whether all streams are compared or some', async () => {
    await request();
    await stores.log.append(STREAM, [newEvent({ type: 'ImportCancelled', data: { album_id: null } })], 0);
    await follower.whenLevel();
    server.tombstone(STREAM);
    expect(await findings(1)).to.deep.equal([]);
    expect(await findings()).to.deep.equal([]);
    expect(await examine(stores, [STREAM])).to.deep.equal([]);
  });

  it('is said once to be cut if what is left lacks the beginning, and neither quarantined nor a difference', async () => {
    const started = newEvent({
      type: 'ImportStarted',
      data: { album_id: null, attempt: 1, worker: 'w', deadline: '2026-11-24T09:21:30.095Z' },
    });
    // What was deleted leaves a gap in the revisions, as an event does that changes nothing here.
    const gone = { ...started, id: newId(), type: 'OfANewerRelease' };
    await stores.log.append(STREAM, [gone, started, { ...started, id: newId() }], 'no_stream');
    await follower.whenLevel();
    await stores.log.append(STREAM, [{ ...started, id: newId() }], 2);
    await follower.whenLevel();
    expect(await stores.readModel.quarantined()).to.deep.equal([]);
    expect(await findings()).to.deep.equal([]);
    expect(warnings.filter(({ stream }) => stream === STREAM)).to.have.length(1);
  });
});
