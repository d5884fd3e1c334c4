import { expect } from 'chai';
import type { Ended } from '../../support/process.ts';
import { until } from '../../support/until.ts';
import { type Deployed, deployChange, type ImportAnswer, NEW_ALBUM, OLD_ALBUM, underLoad } from './fixture.ts';

const IMPORTS = 5_000;
const CALLERS = 6;

/** A view function was changed and deployed; the replay runs under load, and the service goes over to it as it is. */
describe('npx imports replay, under load', () => {
  let deployed: Deployed;

  before(async () => {
    deployed = await deployChange(IMPORTS);
  });

  after(() => deployed.remove());

  it('brings every view to the changed form, and loses and mistells nothing', async function () {
    this.timeout(60_000);
    const { old, post, show, request, list, replay } = deployed;
    const acknowledged: ImportAnswer[] = [];
    const call = async (caller: number, count: number) => {
      const answer = await post();
      expect(answer.status, 'a POST').to.equal(200);
      const posted = (await answer.json()) as ImportAnswer;
      acknowledged.push(posted);
      // What was acknowledged shows at once, and in its one form.
      expect((await show(posted.id)).album_id).to.equal(NEW_ALBUM);
      const newest = await request('/api/v1/imports?limit=100');
      expect(newest.status, 'the list').to.equal(200);
      const ids = ((await newest.json()) as ImportAnswer[]).map(({ id }) => id);
      expect(ids, 'the newest').to.include(posted.id);
      const one = old[(caller * 997 + count * 31) % IMPORTS] as string;
      expect((await show(one)).album_id).to.be.oneOf([OLD_ALBUM, NEW_ALBUM]);
    };
    let replayed: Ended | null = null;
    await underLoad(CALLERS, call, async () => {
      await until('the load is on', () => acknowledged.length > 50);
      expect((await show(old[0] as string)).album_id).to.equal(OLD_ALBUM);
      replayed = await replay('--yes', '--json', '--reason', 'album ids in upper case');
      await until(
        'the service has gone over',
        async () => (await show(old[0] as string)).album_id === NEW_ALBUM,
        2_000,
      );
    });
    const { code, stdout, stderr } = replayed as unknown as Ended;
    expect({ code, stderr }).to.deep.include({ code: 0 });

    const told = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const compared = told.pop();
    expect(compared).to.deep.include({
      changed: IMPORTS,
      added: 0,
      removed: 0,
      late: 0,
      fields: { album_id: IMPORTS },
    });
    expect(told.map(({ id }) => id).sort()).to.deep.equal(old.toSorted());
    for (const { what, changes } of told) {
      expect({ what, changes }).to.deep.equal({
        what: 'changed',
        changes: [{ field: 'album_id', before: OLD_ALBUM, after: NEW_ALBUM }],
      });
    }
    expect(stderr).to.match(/^Projected \d+ events in [\d.]+ s \(\d+\/s\)\. Comparing\.\nSwitched\./);

    const listed = await list();
    expect(listed.map(({ id }) => id).sort()).to.deep.equal([...old, ...acknowledged.map(({ id }) => id)].sort());
    expect(new Set(listed.map(({ album_id }) => album_id))).to.deep.equal(new Set([NEW_ALBUM]));
    const byId = new Map(listed.map((each) => [each.id, each]));
    for (const posted of acknowledged) expect(byId.get(posted.id)).to.deep.equal(posted);
  });

  it('is on record: begun once with its reason, completed with its counts', async () => {
    const [started, completed, ...others] = await deployed.operations();
    expect(others).to.deep.equal([]);
    const begun = JSON.parse(started?.data ?? '');
    expect(started?.type).to.equal('ReplayStarted');
    expect(begun).to.include({ reason: 'album ids in upper case' });
    expect(completed?.type).to.equal('ReplayCompleted');
    const { replay_id, ...counts } = JSON.parse(completed?.data ?? '');
    expect(replay_id).to.equal(begun.replay_id);
    expect(counts).to.include({ changed: IMPORTS, added: 0, removed: 0 });
    expect(counts.events).to.be.greaterThan(IMPORTS);
  });
});
