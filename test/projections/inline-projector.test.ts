import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import { domainEvent, USER_REGISTERED } from '../support/events.ts';
import { openTestStores, type TestStores } from '../support/stores.ts';

describe('the inline projector', () => {
  const id = '3d172b54-f40f-4df9-9342-0b042fac5382';
  const event = domainEvent(`user-${id}`, 0, USER_REGISTERED);
  let stores: TestStores;
  let inline: InlineProjector;

  beforeEach(async () => {
    stores = await openTestStores();
    inline = new InlineProjector(stores.readModel);
  });

  afterEach(() => stores.close());

  /** The answer to the follower, and whether it has come. */
  const asked = (ids: readonly string[]) => {
    const answer: { projected: readonly string[] | null } = { projected: null };
    void inline.takeProjected(ids).then((projected) => {
      answer.projected = [...projected];
    });
    return answer;
  };

  it('makes the follower wait from before the append until the event is projected', async () => {
    const expected = inline.expect([event.id]);
    const answer = asked([event.id]);
    await nextTurn();
    expect(answer.projected).to.equal(null);
    await inline.project(expected, [event]);
    await nextTurn();
    expect(answer.projected).to.deep.equal([event.id]);
  });

  it('makes the follower wait no longer after the append has failed', async () => {
    const expected = inline.expect([event.id]);
    const answer = asked([event.id]);
    inline.dismiss(expected);
    await nextTurn();
    expect(answer.projected).to.deep.equal([]);
  });

  it('leaves an event whose append is never answered to the follower', async () => {
    inline.expect([event.id]);
    expect(await inline.takeProjected([event.id])).to.deep.equal(new Set());
  });

  it('leaves events of another node, and events that could not be written, to the follower', async () => {
    const expected = inline.expect([event.id]);
    inline.pause(new Error('the test says so'));
    await inline.project(expected, [event]);
    expect(await inline.takeProjected([event.id, 'of another node'])).to.deep.equal(new Set());
  });

  it('forgets the oldest of very many', async () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `event ${index}`);
    for (const each of ids) inline.expect([each]);
    const [oldest, newest] = [asked(ids.slice(0, 1)), asked(ids.slice(-1))];
    await nextTurn();
    expect([oldest.projected, newest.projected]).to.deep.equal([[], null]);
  });
});
