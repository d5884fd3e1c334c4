import { expect } from 'chai';
import { Chores } from '../../src/importer/chores.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('chores', () => {
  let clock: FakeClock;
  let stopping: AbortController;
  let troubles: unknown[];
  let chores: Chores;
  let times: number[];

  beforeEach(() => {
    [clock, stopping, troubles, times] = [new FakeClock(), new AbortController(), [], []];
    chores = new Chores({ clock, signal: stopping.signal, onTrouble: (error) => troubles.push(error) });
  });

  const note = async () => {
    times.push(clock.elapsed());
  };

  it('are done after a time, and then again and again', async () => {
    chores.every(10, 100, note);
    await clock.pass(250);
    expect(times).to.deep.equal([10, 110, 210]);
  });

  it('are done again though they failed', async () => {
    chores.every(10, 100, async () => {
      await note();
      throw new Error('no');
    });
    await clock.pass(150);
    expect(times).to.deep.equal([10, 110]);
    expect(troubles).to.have.length(2);
  });

  it('are not done any more after the end, which waits for those that are being done', async () => {
    let finish = () => {};
    chores.every(10, 100, async () => {
      await note();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    await clock.pass(10);
    stopping.abort();
    let isEnded = false;
    const ended = chores.ended().then(() => {
      isEnded = true;
    });
    await clock.pass(10);
    expect(isEnded).to.equal(false);
    finish();
    await ended;
    await clock.pass(1_000);
    expect(times).to.deep.equal([10]);
    expect(clock.timers).to.equal(0);
  });
});
