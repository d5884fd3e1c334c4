import { expect } from 'chai';
import type { Context } from 'koa';
import { renderList } from '../../../src/http/out/render-list.ts';
import { rejectionOf } from '../../support/rejection-of.ts';

describe('a rendered list', () => {
  const socket = { readable: true, writable: true };
  const ctx = { req: { socket } } as unknown as Context;
  const rendered: number[] = [];
  const render = (size: number) => {
    rendered.push(size);
    return [JSON.stringify('x'.repeat(size))];
  };

  beforeEach(() => {
    socket.readable = true;
    rendered.length = 0;
  });

  it('is a JSON array', async () => {
    expect(await renderList(ctx, [], render)).to.equal('[]');
    expect(await renderList(ctx, [1], render)).to.equal('["x"]');
    expect(await renderList(ctx, [1, 0, 2], render)).to.equal('["x","","xx"]');
  });

  it('lets others have their turn between large items, but not between small ones', async () => {
    const turnsFor = async (sizes: number[]) => {
      let turns = 0;
      let immediate = setImmediate(function next() {
        turns += 1;
        immediate = setImmediate(next);
      });
      await renderList(ctx, sizes, render);
      clearImmediate(immediate);
      return turns;
    };
    expect(await turnsFor(Array(5).fill(1_000_000))).to.be.within(5, 6);
    expect(await turnsFor(Array(50).fill(100_000))).to.be.within(16, 18);
    expect(await turnsFor(Array(500).fill(400))).to.equal(0);
  });

  it('lets others have their turn between the pieces of one item', async () => {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    const seen: boolean[] = [];
    function* pieces() {
      for (const piece of ['"', 'x'.repeat(1_000_000), '"']) {
        seen.push(turned);
        yield piece;
      }
    }
    expect(await renderList(ctx, [1], pieces)).to.have.lengthOf(1_000_004);
    expect(seen).to.deep.equal([false, false, true]);
  });

  it('is neither begun nor continued for a caller who has gone', async () => {
    socket.readable = false;
    expect(await rejectionOf(renderList(ctx, [1], render))).to.have.property('status', 400);
    expect(rendered).to.deep.equal([]);
    socket.readable = true;
    const rendering = renderList(ctx, Array(9).fill(1_000_000), render);
    setImmediate(() => {
      socket.readable = false;
    });
    expect(await rejectionOf(rendering)).to.have.property('status', 400);
    expect(rendered.length).to.be.within(1, 3);
  });
});
