import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Collection, MongoClient } from 'mongodb';
import { openEventStoreLog } from '../../src/events/eventstore/open.ts';
import { newId } from '../../src/events/new-id.ts';
import { lastVerify } from '../../src/operations/last-look.ts';
import { openMongoReadModel } from '../../src/projections/mongodb/open.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent, UNREADABLE, USER_REGISTERED, USER_REMOVED } from '../support/events.ts';
import { startStandIn } from '../support/eventstore/stand-in.ts';
import { imports, runImports } from '../support/imports.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';
import type { Ended } from '../support/process.ts';
import { untilLevel } from '../support/projected.ts';
import { DOCUMENT_BODY, ORGANIZATION, startTestService, USER } from '../support/service.ts';
import { VIEWS_FILE } from '../support/stores.ts';

const linesOf = ({ stdout }: Ended) => stdout.split('\n').slice(0, -1);
const objectsOf = (ended: Ended) => linesOf(ended).map((line) => JSON.parse(line) as Record<string, unknown>);

describe('npx imports verify', () => {
  const AT = '2019-04-08T17:38:58.041Z';
  let data: EmbeddedData;
  let ids: [string, string, string];

  beforeEach(async () => {
    data = embeddedData();
    ids = [newId(), newId(), newId()];
    for (const id of ids) await data.append(`import-${id}`, newEvent(IMPORT_REQUESTED));
    await data.append(`user-${USER}`, newEvent(USER_REGISTERED), newEvent(USER_REMOVED));
    await data.append(`secret-${ids[0]}`, newEvent({ type: 'SecretIssued', data: { organization_id: ORGANIZATION } }));
    await data.project();
  });

  afterEach(() => data.remove());

  const verify = (...args: string[]) => imports(data.env, 'verify', ...args);

  /** Each kind of accident, one view each. */
  const damage = () =>
    data.sql(
      VIEWS_FILE,
      `UPDATE imports SET album_id = 'another' WHERE id = '${ids[0]}'`,
      `DELETE FROM imports WHERE id = '${ids[1]}'`,
      `UPDATE imports SET revision = 3 WHERE id = '${ids[2]}'`,
      'UPDATE users SET revision = 0, removed_at = NULL',
      `INSERT INTO secrets VALUES ('${USER}', 0, '${ORGANIZATION}', '${AT}', NULL, NULL)`,
    );
  const expected = () => [
    [`import-${ids[0]}`, 'different', 'album_id: in the log\'s fold "5005800000HEXCtAAP", in the read model "another"'],
    [`import-${ids[1]}`, 'missing', "revision: in the log's fold 0, in the read model nothing"],
    [`import-${ids[2]}`, 'ahead', "revision: in the log's fold 0, in the read model 3"],
    [`user-${USER}`, 'behind', "revision: in the log's fold 1, in the read model 0"],
    [`secret-${USER}`, 'extra', "revision: in the log's fold nothing, in the read model 0"],
  ];

  it('says that nothing was compared, and does not end with 0, while the views have no event of the log', async () => {
    const unseen = embeddedData();
    await unseen.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
    for (const args of [[], ['--all']]) {
      const ended = await imports(unseen.env, 'verify', ...args);
      // A view of an import that is not projected yet is no difference.
      expect(ended).to.include({ code: 1, stdout: '' });
      expect(ended.stderr)
        .to.match(/Nothing was compared: no event of the log is in the views yet/)
        .and.not.match(/no difference/);
    }
    unseen.remove();
  });

  it('says what it compared, and ends with 0, where all is as it should be', async () => {
    const sample = await verify();
    expect(sample).to.include({ code: 0, stdout: '' });
    expect(sample.stderr).to.match(/Compared 5 streams \(of all 6 events\): no difference\./);
    const all = await verify('--all');
    expect(all).to.include({ code: 0, stdout: '' });
    expect(all.stderr).to.match(/level with the log up to position 6 of 6\.\nCompared all streams and views: no diff/);
  });

  it('lists every difference, and ends with 3', async () => {
    damage();
    const all = await verify('--all');
    expect(linesOf(all).map((line) => line.split('\t'))).to.have.deep.members(expected());
    expect(all.code).to.equal(3);
    expect(all.stderr).to.match(/5 differences\.\n$/);
    const sample = await verify('--sample', '1000', '--json');
    expect(sample.code).to.equal(3);
    // Extra views only the read model knows of.
    expect(objectsOf(sample).map(({ what }) => what)).to.have.members(['different', 'missing', 'ahead', 'behind']);
    expect(objectsOf(sample)[0]).to.deep.equal({
      stream: `import-${ids[0]}`,
      what: 'different',
      field: 'album_id',
      log: '5005800000HEXCtAAP',
      read_model: 'another',
    });
  });

  it('notes what a whole look has found, and what a repair has left, for the service and the status', async () => {
    const known = () => data.with((log) => lastVerify.read(data.env.DATA_DIR as string, log.id));
    await verify('--all');
    expect(await known()).to.equal(null);
    damage();
    await verify('--all', '--note');
    expect(await known()).to.deep.include({ events: 6, images: null, faults: 0, differences: 5 });
    expect((await imports(data.env, 'status', '--no-service')).stdout).to.match(
      /^views +WARNING +views compared with the log, as of [^ ]+: 5 differ, first: /m,
    );
    await verify('--all', '--blobs', '--repair', '--yes', '--reason', 'ticket 4711');
    expect(await known()).to.deep.include({ images: 0, faults: 0, differences: 0, first_difference: null });
    expect((await imports(data.env, 'status', '--no-service')).stdout).to.match(/^views +OK .*: no difference$/m);
  });

  it('writes nothing unless it is told so twice', async () => {
    damage();
    const refused = await verify('--all', '--repair');
    expect(refused).to.include({ code: 2, stdout: '' });
    expect(refused.stderr).to.match(/add --yes/);
    const dry = await verify('--all', '--repair', '--dry-run', '--json');
    expect(dry.code).to.equal(3);
    const plans = objectsOf(dry).filter(({ plan }) => plan !== undefined);
    expect(plans).to.have.deep.members([
      ...ids.map((id) => ({ stream: `import-${id}`, plan: 'write', revision: 0 })),
      { stream: `user-${USER}`, plan: 'write', revision: 1 },
      { stream: `secret-${USER}`, plan: 'remove', revision: null },
    ]);
    expect(data.sql(VIEWS_FILE, 'SELECT revision FROM users')).to.deep.equal([{ revision: 0 }]);
    expect(await data.with((log) => log.readStream('operations'))).to.deep.equal([]);
    expect((await verify('--dry-run')).code).to.equal(2);
  });

  it('puts right what differs, and that on record, for who audits the import or the operator', async () => {
    damage();
    const repaired = await verify('--all', '--repair', '--yes', '--reason', 'ticket 4711');
    expect(repaired.code).to.equal(0);
    expect(linesOf(repaired).slice(5)).to.have.members([
      ...ids.map((id) => `import-${id}\twritten again at revision 0`),
      `user-${USER}\twritten again at revision 1`,
      `secret-${USER}\tremoved`,
    ]);
    expect(await verify('--all')).to.include({ code: 0, stdout: '' });
    const [event, ...others] = await data.with((log) => log.readStream('operations'));
    expect(others).to.deep.equal([]);
    expect(event?.type).to.equal('ViewsRepaired');
    const { streams, reason } = JSON.parse(event?.data ?? '') as { streams: string[]; reason: string };
    expect(streams).to.have.members(expected().map(([stream]) => stream));
    expect(reason).to.equal('ticket 4711');

    const ofImport = await imports(data.env, 'audit', ids[0]);
    expect(ofImport.stdout).to.match(/ViewsRepaired, revision 0 of operations, position \d+\n {3}by operator /);
    expect(ofImport.stdout).to.match(/\n {3}data \{"reason":"ticket 4711","streams":\[/);
    const typesOf = (ended: Ended) => objectsOf(ended).map(({ type }) => type);
    expect(typesOf(await imports(data.env, 'audit', ids[0], '--json'))).to.deep.equal([
      'ImportRequested',
      'ViewsRepaired',
    ]);
    const { username } = userInfo();
    const ofOperator = await imports(data.env, 'audit', '--operator', username, '--json');
    expect(typesOf(ofOperator)).to.deep.equal(['ViewsRepaired']);
    expect((await imports(data.env, 'audit', '--operator', 'nobody at all')).code).to.equal(4);
  });

  it('tells a view that is no JSON in JSON', async () => {
    data.sql(VIEWS_FILE, `UPDATE imports SET params = '{torn' WHERE id = '${ids[0]}'`);
    const [finding] = objectsOf(await verify('--all', '--json'));
    expect(finding).to.include({ field: 'params', read_model: '{torn' });
  });

  it('takes nothing for a difference that the follower has not come to yet', async () => {
    await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
    const all = await verify('--all');
    expect(all).to.include({ code: 0, stdout: '' });
    expect(all.stderr).to.match(/up to position 6 of 7; .* not projected/);
  });

  it('says that the views are not filled yet, and that nothing was compared', async () => {
    rmSync(join(String(data.env.DATA_DIR), VIEWS_FILE));
    const unfilled = await verify('--all');
    expect(unfilled).to.include({ code: 1, stdout: '' });
    expect(unfilled.stderr).to.match(/not filled yet: `imports replay`/);
  });

  it('finds nothing wrong while the service is at work', async () => {
    const service = await startTestService();
    try {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const post = () => service.request('/api/v1/imports', { method: 'POST', headers, body: DOCUMENT_BODY });
      expect((await post()).status).to.equal(200);
      let isDone = false;
      const verifying = imports({ ...data.env, DATA_DIR: service.dataDir }, 'verify', '--all').finally(() => {
        isDone = true;
      });
      while (!isDone) expect((await post()).status).to.equal(200);
      expect(await verifying).to.include({ code: 0, stdout: '' });
    } finally {
      await service.stop();
    }
  });

  it('tells a stream whose events could not be projected as that, once', async () => {
    const stream = `import-${newId()}`;
    await data.append(stream, newEvent(UNREADABLE), newEvent(IMPORT_REQUESTED));
    await data.project();
    const all = await verify('--all');
    expect(all.code).to.equal(3);
    const [line, ...others] = linesOf(all);
    expect(others).to.deep.equal([]);
    expect(line).to.match(new RegExp(`^${stream}\tquarantined\tfrom revision 0 on: event 0 of `));
    expect((await verify('--all', '--repair', '--yes')).code).to.equal(3);
  });

  it('tells a log that has lost an event', async () => {
    const [trigger] = data.sql('events.db', `SELECT sql FROM sqlite_schema WHERE name = 'events_never_go'`);
    const deletion = 'DELETE FROM events WHERE position = 2';
    data.sql('events.db', 'DROP TRIGGER events_never_go', deletion, String(trigger?.sql));
    const ended = await verify('--all', '--json');
    expect(ended.code).to.equal(3);
    expect(objectsOf(ended)[0]).to.include({ stream: null, what: 'damaged' });
    expect(objectsOf(ended)[0]?.reason).to.match(/positions 1 and 3 are missing/);
    expect(objectsOf(ended)[1]?.reason).to.match(/^position 2 cannot be read/);
  });

  it('ends with 130 at Ctrl-C, and says that it was not done', async () => {
    damage();
    const verifying = runImports(data.env, ['verify', '--all'], { interruptAt: /level with the log/ });
    const { code, stderr: said } = await verifying.ended;
    expect(code).to.equal(130);
    expect(said).to.match(/Not everything was compared/);
  });

  it('ends with 7 where the read model is away, and says so', async () => {
    const folder = join(String(data.env.DATA_DIR), VIEWS_FILE);
    rmSync(folder);
    mkdirSync(folder);
    const ended = await verify();
    expect(ended).to.include({ code: 7, stdout: '' });
    expect(ended.stderr).to.match(/The read model is unavailable/);
  });

  describeWithMongodb('on EventStoreDB and MongoDB', () => {
    it('finds and repairs the same, and what cannot be read', async () => {
      const [eventStore, database] = [await startStandIn(), await freshDatabase()];
      const env = { ...data.env, EVENTSTORE_URL: eventStore.url, MONGODB_URL: database.url };
      const client = new MongoClient(database.url);
      try {
        const log = await openEventStoreLog({ url: eventStore.url, logger: { warn: () => {} } });
        const readModel = await openMongoReadModel({ url: database.url });
        for (const id of ids) await log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
        await log.append(`user-${USER}`, [newEvent(USER_REGISTERED), newEvent(USER_REMOVED)], 'no_stream');
        await untilLevel(log, readModel);
        const [views, users] = [await viewsIn(client, 'imports'), await viewsIn(client, 'users')];
        await views.updateOne({ _id: ids[0] }, { $set: { album_id: 'another' } });
        await views.deleteOne({ _id: ids[1] });
        const extra = { ...(await views.findOne({ _id: ids[2] })), _id: randomUUID() };
        await views.insertOne(extra);
        await users.updateOne({ _id: USER }, { $set: { role: 'emperor' } });
        await readModel.close();
        await log.close();
        const whats = async (...args: string[]) =>
          objectsOf(await imports(env, 'verify', '--json', ...args)).map(({ stream, what }) => `${what} ${stream}`);
        const inViews = [`different import-${ids[0]}`, `extra import-${extra._id}`, `unreadable user-${USER}`];
        expect(await whats('--all')).to.have.members([...inViews, `missing import-${ids[1]}`]);
        // The log cannot be entered anywhere: the sample is of views.
        expect(await whats()).to.have.members(inViews);
        expect((await imports(env, 'verify', '--all', '--repair', '--yes')).code).to.equal(0);
        expect(await imports(env, 'verify', '--all')).to.include({ code: 0, stdout: '' });
      } finally {
        await client.close();
        await database.drop();
        await eventStore.stop();
      }
    });
  });
});

/** The collection of the live views of a kind. */
async function viewsIn(client: MongoClient, name: string): Promise<Collection<{ _id: string }>> {
  const collections = await client.db().listCollections().toArray();
  const found = collections.find((one) => one.name === name || one.name.startsWith(`${name}_`));
  return client.db().collection(found?.name ?? name);
}
