import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describeWithMongodb } from '../../support/mongodb.ts';
import { firstImport } from '../some-views.ts';
import { type Opened, openFresh } from './fixture.ts';

const PROGRAM = fileURLToPath(new URL('./replaying-process.ts', import.meta.url));

/** Each place at which a replay changes something in the database, counted; at the last it has ended by itself. */
const PLACES = Array.from({ length: 14 }, (_, index) => index + 1);

const OLD = ['x', 'y'];
const NEW = ['a', 'b', 'c'];

describeWithMongodb('a replay into MongoDB that is killed', () => {
  /** How the process ended that was killed there. */
  const runUntil = async ({ url }: Opened, place: number): Promise<NodeJS.Signals | null> => {
    const child = spawn(process.execPath, [PROGRAM, url, String(place)], { stdio: 'ignore' });
    const [, signal] = await once(child, 'exit');
    return signal;
  };
  const served = async ({ readModel }: Opened) => [...(await readModel.getMany('import', [...OLD, ...NEW])).keys()];

  async function killAt(place: number): Promise<{ isKilled: boolean; isLive: boolean }> {
    const opened = await openFresh();
    const { readModel, database } = opened;
    await readModel.write({
      writes: OLD.map((id) => firstImport({ id })),
      checkpoint: { from: null, to: { log: 'the log', position: 2n } },
    });
    const signal = await runUntil(opened, place);

    // Whole, whichever one it is.
    const position = (await readModel.checkpoint())?.position;
    const isLive = position === 3n;
    expect(await served(opened)).to.have.members(isLive ? NEW : OLD);
    if (!isLive) expect(position).to.equal(2n);

    // And the next replay goes on, or begins anew, and leaves nothing behind.
    const left = await readModel.besideStatus();
    const version = await readModel.beside('the test');
    expect(version.isResumed).to.equal(left !== null);
    const from = await version.readModel.checkpoint();
    const there = await version.readModel.getMany('import', NEW);
    if (from?.position === 3n) expect([...there.keys()]).to.have.members(NEW);
    await version.readModel.write({
      writes: NEW.filter((id) => !there.has(id)).map((id) => firstImport({ id })),
      checkpoint: { from, to: { log: 'the log', position: 3n } },
    });
    await version.goLive();
    expect(await served(opened)).to.have.members(NEW);
    const names = (await database.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    const others = names.filter((name) => name !== 'versions' && !name.endsWith(`_${version.id.slice(0, 8)}`));
    expect(others).to.deep.equal([]);
    await opened.cleanUp();
    return { isKilled: signal === 'SIGKILL', isLive };
  }

  it('leaves the live version whole wherever that is, and the next one goes on', async function () {
    this.timeout(120_000);
    const outcomes = await Promise.all(PLACES.map(killAt));
    expect(outcomes[0]).to.deep.equal({ isKilled: true, isLive: false });
    expect(outcomes.filter(({ isKilled }) => isKilled).length).to.be.greaterThan(9);
    expect(
      outcomes.some(({ isKilled, isLive }) => isKilled && isLive),
      'killed after the switch',
    ).to.equal(true);
    expect(outcomes.at(-1)).to.deep.equal({ isKilled: false, isLive: true });
  });
});
