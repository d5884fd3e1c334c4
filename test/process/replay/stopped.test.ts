import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { kill, type TestProcess } from '../../support/process.ts';
import { until } from '../../support/until.ts';
import { type Deployed, deployChange, NEW_ALBUM, OLD_ALBUM, underLoad } from './fixture.ts';

const IMPORTS = 5_000;

/** Stopped at any point, a replay leaves the live read model whole, and is gone on with. */
describe('npx imports replay, stopped', () => {
  let deployed: Deployed;
  let readModel: ReadModel;

  beforeEach(async () => {
    deployed = await deployChange(IMPORTS);
    readModel = await openEmbeddedReadModel({ file: join(deployed.env.DATA_DIR as string, 'views.db') });
  });

  afterEach(async () => {
    await readModel.close();
    await deployed.remove();
  });

  /** Waits until a replay has projected this many events at least. */
  const projected = (events: number) =>
    until(`${events} events are projected`, async () => {
      const position = (await readModel.besideStatus())?.checkpoint?.position;
      return position !== undefined && position >= events;
    });
  const says = (replay: TestProcess, text: string) =>
    until(`it says ${text}`, () => replay.stderr().includes(text) || replay.child.exitCode !== null);
  const openRecords = async () => {
    const events = await deployed.operations();
    const idsOf = (type: RegExp) =>
      events.filter((event) => type.test(event.type)).map(({ data }) => JSON.parse(data).replay_id as string);
    const ended = idsOf(/^Replay(Completed|Discarded)$/);
    return idsOf(/^ReplayStarted$/).filter((id) => !ended.includes(id));
  };

  it('by kill -9, again and again: the live one is whole at every moment, and the last one switches', async function () {
    this.timeout(60_000);
    const { old, show, list, startReplay, replay } = deployed;
    const seen = new Set<string>();
    const look = async (caller: number, count: number) => {
      seen.add((await show(old[(caller + count * 7) % IMPORTS] as string)).album_id);
      // A replay makes way for callers, and is to get on.
      await sleep(5);
    };
    let resumed = 0;
    const killed = async (when: (begun: TestProcess) => Promise<unknown>) => {
      const begun = startReplay('--yes');
      await when(begun);
      const { stderr } = await kill(begun, 'SIGKILL');
      if (stderr.includes('is gone on with')) resumed += 1;
    };
    await underLoad(2, look, async () => {
      for (const share of [0, 0.2, 0.5, 0.8]) await killed(() => projected(share * IMPORTS));
      await killed((begun) => says(begun, 'Comparing'));
      expect(resumed, 'gone on with').to.be.greaterThan(2);
      expect([...seen]).to.deep.equal([OLD_ALBUM]);
      expect(await openRecords()).to.have.length(1);
      // Around the switch.
      for (let round = 0; round < 3; round += 1) await killed((begun) => says(begun, 'Switched'));
      const { code, stderr } = await replay('--yes');
      expect({ code, stderr }).to.deep.include({ code: 0 });
      await until(
        'the service has gone over',
        async () => (await show(old[0] as string)).album_id === NEW_ALBUM,
        2_000,
      );
    });
    expect([...seen]).to.deep.equal([OLD_ALBUM, NEW_ALBUM]);
    expect(await openRecords()).to.deep.equal([]);
    await until('the list is there', async () => (await deployed.request('/api/v1/imports')).status === 200);
    const listed = await list();
    expect(listed).to.have.length(IMPORTS);
    expect(new Set(listed.map(({ album_id }) => album_id))).to.deep.equal(new Set([NEW_ALBUM]));
  });

  it('by Ctrl-C: ends with 130, says how to go on, and is gone on with', async () => {
    const { startReplay, replay, show, old } = deployed;
    const begun = startReplay('--yes');
    await projected(1);
    const { code, stderr } = await kill(begun, 'SIGINT');
    expect(code).to.equal(130);
    expect(stderr).to.match(/Interrupted\. Nothing was switched; .* run `imports replay` again/);
    expect((await show(old[0] as string)).album_id).to.equal(OLD_ALBUM);

    const left = await readModel.besideStatus();
    const plan = JSON.parse((await replay('--dry-run', '--json')).stdout);
    const position = String(left?.checkpoint?.position);
    expect(plan.unfinished).to.deep.equal({ replay_id: left?.id, position, gone_on_with: true });
    expect(plan).to.include({ after: position });

    const again = await replay('--yes');
    expect(again.code).to.equal(0);
    expect(again.stderr).to.include(`Replay ${left?.id} is gone on with.`);
    expect((await deployed.operations()).map(({ type }) => type)).to.deep.equal(['ReplayStarted', 'ReplayCompleted']);
  });

  it('and begun anew where the view functions have changed since', async () => {
    const begun = deployed.startReplay('--yes');
    await projected(1);
    await kill(begun, 'SIGKILL');
    const left = await readModel.besideStatus();
    deployed.changeAgain();
    const plan = JSON.parse((await deployed.replay('--dry-run', '--json')).stdout);
    expect(plan.unfinished).to.include({ replay_id: left?.id, gone_on_with: false });
    const again = await deployed.replay('--yes');
    expect(again.code).to.equal(0);
    expect(again.stderr).to.not.include('is gone on with');
    const types = (await deployed.operations()).map(({ type, data }) => [
      type,
      JSON.parse(data).replay_id === left?.id,
    ]);
    expect(types).to.deep.equal([
      ['ReplayStarted', true],
      ['ReplayDiscarded', true],
      ['ReplayStarted', false],
      ['ReplayCompleted', false],
    ]);
  });

  it('is refused while another one is under way; thrown away by --discard, on record', async () => {
    const { startReplay, replay } = deployed;
    const begun = startReplay('--yes');
    await projected(1);
    begun.child.kill('SIGSTOP');
    for (const option of ['--yes', '--discard']) {
      expect(await replay(option)).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: 'Another replay is under way: wait until it is done, or stop it\n',
      });
    }
    begun.child.kill('SIGCONT');
    await kill(begun, 'SIGINT');
    const left = await readModel.besideStatus();
    const discarded = await replay('--discard');
    expect(discarded).to.deep.equal({ code: 0, stdout: '', stderr: `What replay ${left?.id} left was thrown away.\n` });
    expect(await readModel.besideStatus()).to.equal(null);
    expect((await deployed.operations()).map(({ type }) => type)).to.deep.equal(['ReplayStarted', 'ReplayDiscarded']);
  });
});
