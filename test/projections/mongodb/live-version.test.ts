import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { LiveVersion, LOOK_MS } from '../../../src/projections/mongodb/live-version.ts';
import { Version } from '../../../src/projections/mongodb/version.ts';
import { ReadModelUnavailable } from '../../../src/projections/read-model.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';
import { wayTo } from './fixture.ts';

/** Never connected. */
const database = new MongoClient('mongodb://127.0.0.1:1/views').db();

describe('which version in MongoDB a node takes for the live one', () => {
  /** The looks that are under way or done; a test answers them. */
  let looks: PromiseWithResolvers<string | null>[];
  let successors: boolean[];
  let live: LiveVersion;

  beforeEach(() => {
    looks = [];
    successors = [];
    live = new LiveVersion(
      () => {
        const look = Promise.withResolvers<string | null>();
        looks.push(look);
        return look.promise;
      },
      (id, isSuccessor) => {
        successors.push(isSuccessor);
        return new Version(wayTo(database), id);
      },
    );
  });

  /** Lets the node look, and answers. */
  const answer = async (id: string | null): Promise<Version> => {
    const looking = live.afresh();
    const before = looks.length;
    await until('it looks', () => looks.length > before);
    looks.at(-1)?.resolve(id);
    return looking;
  };

  it('is told by one look to all that ask while it is under way', async () => {
    const asking = [live.current(), live.current()];
    looks[0]?.resolve('a');
    const [one, other] = await Promise.all(asking);
    expect(one?.id).to.equal('a');
    expect(other).to.equal(one);
    expect(looks).to.have.length(1);
  });

  it('is good for so long, and then looked for again', async () => {
    const began = performance.now();
    const version = await answer('a');
    let asked = live.current();
    while (looks.length === 1) {
      expect(await asked).to.equal(version);
      await new Promise(setImmediate);
      asked = live.current();
    }
    expect(performance.now() - began).to.be.within(LOOK_MS, LOOK_MS + 100);
    looks[1]?.resolve('a');
    expect(await asked, 'the same object, with what waits in it').to.equal(version);
  });

  it('counts the age of an answer from when it was asked for', async () => {
    const asking = live.current();
    const began = performance.now();
    await until('the answer is old', () => performance.now() - began > LOOK_MS);
    looks[0]?.resolve('a');
    expect((await asking).id).to.equal('a');
    void live.current();
    expect(looks).to.have.length(2);
  });

  it('is another one once a look says so, which takes the place of the one before', async () => {
    expect((await answer(null)).id).to.equal(null);
    expect((await answer('a')).id).to.equal('a');
    expect((await live.current()).id).to.equal('a');
    expect(successors).to.deep.equal([false, true]);
  });

  it('is looked for anew where it must be what is live now: a look under way may have been answered before', async () => {
    const asking = live.current();
    const afresh = live.afresh();
    looks[0]?.resolve('a');
    expect((await asking).id).to.equal('a');
    await until('it looks again', () => looks.length === 2);
    looks[1]?.resolve('b');
    expect((await afresh).id).to.equal('b');
  });

  it('cannot be told where the look fails, and is looked for by who asks next', async () => {
    await answer('a');
    const afresh = live.afresh();
    await until('it looks', () => looks.length === 2);
    looks[1]?.reject(new ReadModelUnavailable('away'));
    expect(await rejectionOf(afresh)).to.be.instanceOf(ReadModelUnavailable);
    const asking = live.current();
    looks[2]?.resolve('b');
    expect((await asking).id).to.equal('b');
  });

  it('cannot be told at once after a look that failed while one call tries again, until that one has the answer', async () => {
    const failing = live.current();
    looks[0]?.reject(new ReadModelUnavailable('away'));
    await rejectionOf(failing);
    const trying = live.current();
    expect((await rejectionOf(live.current())).message).to.contain('away');
    looks[1]?.resolve('a');
    expect((await trying).id).to.equal('a');
    expect((await live.current()).id).to.equal('a');
    expect(looks).to.have.length(2);
  });
});
