import { expect } from 'chai';
import { ensureMark, markIn } from '../../src/importer/mark.ts';
import { notPerformed } from '../../src/importer/not-performed.ts';
import { A, World } from './world/world.ts';

describe('the mark from which on imports are performed', () => {
  let world: World;

  beforeEach(async () => {
    world = await new World().open();
  });

  afterEach(() => world.close());

  const ensure = (service = 'here') => ensureMark(world.log, world.execute, service);
  const all = async (sinceMs = Number.NEGATIVE_INFINITY) => {
    const { isNew: _, ...mark } = await ensure();
    const found = notPerformed(world.readModel, mark, sinceMs, new AbortController().signal);
    return (await Array.fromAsync(found)).map(({ id }) => id);
  };

  it('is made once, at the end of the log', async () => {
    await world.request();
    expect(await markIn(world.log, 'here')).to.equal(null);
    const { isNew, performed } = await ensure();
    expect({ isNew, performed }).to.deep.equal({ isNew: true, performed: { log: world.log.id, after: 1n } });
    await world.request();
    expect((await ensure()).isNew).to.equal(false);
    expect((await markIn(world.log, 'here'))?.performed.after).to.equal(1n);
  });

  it('is made by one of several that start at the same time', async () => {
    const made = await Promise.all([ensure(), ensure(), ensure()]);
    expect(made.filter(({ isNew }) => isNew)).to.have.length(1);
    expect(new Set(made.map(({ performed }) => performed.after)).size).to.equal(1);
  });

  it('is another one in another installation', async () => {
    await ensure('there');
    await world.request();
    expect((await ensure('here')).performed.after).to.equal(2n);
  });

  it('tells what waits that came before it', async () => {
    const [first, second] = [await world.request(), await world.request()];
    await world.clock.pass(1_000);
    expect((await all()).toSorted()).to.deep.equal([first, second].toSorted());
    await world.clock.pass(1_000);
    await world.request();
    expect(await all()).to.have.length(2);
    expect(await all(world.clock.now())).to.deep.equal([]);
  });

  it('tells nothing of what has ended, or was taken in', async () => {
    const id = await world.request(A, {});
    await world.clock.pass(1_000);
    await ensure();
    const claim = await world.claims.claim(id, { worker: 'w', seconds: 60, lostClaim: null });
    if (claim === null) throw new Error('it is not claimed');
    await world.claims.fail(claim, { reason: 'source_missing', detail: null, calls: [] });
    expect(await all()).to.deep.equal([]);
  });
});
