import { expect } from 'chai';
import { BegunStreams, type Part } from '../../../src/operations/verify/begun-streams.ts';
import { newEvent, USER_REMOVED } from '../../support/events.ts';

describe('the beginnings of streams', () => {
  const part = (stream: string, from: number, count = 1): Part =>
    Array.from({ length: count }, (_, index) => {
      const revision = from + index;
      return { ...newEvent(USER_REMOVED), data: '12345', metadata: '12345', stream, revision, position: 1n };
    }) as unknown as Part;
  const revisionsIn = (events: Part) => events.map(({ revision }) => revision);

  it('come before what follows them, once', () => {
    const begun = new BegunStreams();
    begun.hold(part('a', 0, 2));
    expect(revisionsIn(begun.take(part('a', 2)))).to.deep.equal([0, 1, 2]);
    expect(revisionsIn(begun.take(part('a', 3)))).to.deep.equal([3]);
  });

  it('do not come before another revision, or another stream', () => {
    const begun = new BegunStreams();
    begun.hold(part('a', 0, 2));
    expect(revisionsIn(begun.take(part('a', 3)))).to.deep.equal([3]);
    expect(revisionsIn(begun.take(part('b', 2)))).to.deep.equal([2]);
    expect(begun.takeAll().map(revisionsIn)).to.deep.equal([[0, 1]]);
    expect(begun.takeAll()).to.deep.equal([]);
  });

  it('are let go if they are too much text, the oldest first', () => {
    const begun = new BegunStreams(25);
    for (const stream of ['a', 'b', 'c', 'd']) expect(begun.hold(part(stream, 0))).to.equal(true);
    expect(begun.letGo().map(([{ stream }]) => stream)).to.deep.equal(['a', 'b']);
    expect(begun.letGo()).to.deep.equal([]);
    expect(begun.takeAll()).to.have.length(2);
  });

  it('are not held if they are long', () => {
    const begun = new BegunStreams();
    expect(begun.hold(part('a', 0, 101))).to.equal(false);
    expect(begun.takeAll()).to.deep.equal([]);
  });
});
