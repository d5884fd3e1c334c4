import { expect } from 'chai';
import { newId } from '../../../src/events/new-id.ts';
import { OPERATIONS_STREAM } from '../../../src/events/streams.ts';
import { newEvent } from '../../support/events.ts';
import { describeOnEachStores } from '../../support/for-each-stores.ts';
import { whileInstead } from '../../support/while-instead.ts';
import { askedByOperators, type Json } from './asked.ts';

describeOnEachStores('for operators, the replay', (stores) => {
  const { service, json, record } = askedByOperators(stores.env);

  it('is null if none was run', async () => {
    expect(await json('replay')).to.deep.equal({ current: null, completed: [] });
  });

  it('is shown with its progress, before and after it is on record, and as discarded if that is on record', async () => {
    const { log, versions } = service.service.services;
    const generation = newId();
    const [first] = await log.readAll(0n, 1);
    const position = first?.position ?? expect.fail();
    const checkpoint = { log: log.id, position, generation, isFilled: false };
    const list = async () => [{ name: '8', bytes: 4_096, checkpoint, usedAt: null }];
    await whileInstead(versions, { list }, async () => {
      const head = await log.head();
      expect((await json<{ current: Json }>('replay')).current).to.deep.equal({
        id: generation,
        state: 'unfinished',
        reason: null,
        operator: null,
        started_at: null,
        position: String(position),
        head: String(head),
        share: Number(position) / Number(head),
      });
      await record({ type: 'StartReplay', replay_id: generation, reason: '<why>', generation });
      const { current } = await json<{ current: Json }>('replay');
      expect(current).to.include({ id: generation, reason: '<why>', operator: 'root', state: 'unfinished' });
      expect(current.started_at).to.match(/^\d{4}-.*\+0[12]:00$/);
      const { replay } = await json<{ replay: Json }>('status');
      expect(replay).to.deep.equal({ id: generation, position: String(position), share: current.share });
      await record({ type: 'DiscardReplay', replay_id: generation });
      expect((await json<{ current: Json }>('replay')).current).to.include({ id: generation, state: 'discarded' });
    });
    expect(await json('replay')).to.deep.equal({ current: null, completed: [] });
  });

  it('is shown among the newest ten completed ones, with its changes', async () => {
    const ids = Array.from({ length: 11 }, () => newId());
    for (const replay_id of ids) await record({ type: 'StartReplay', replay_id, reason: 'ticket 4711' });
    for (const [events, replay_id] of ids.entries()) {
      await record({ type: 'CompleteReplay', replay_id, events, changed: 1, added: 2, removed: 3 });
    }
    const { completed } = await json<{ completed: Json[] }>('replay');
    expect(completed.map(({ id }) => id)).to.deep.equal(ids.slice(1).reverse());
    const { started_at, completed_at, ...rest } = completed[0] as Json;
    expect(rest).to.deep.equal({
      id: ids[10],
      reason: 'ticket 4711',
      operator: 'root',
      events: 10,
      changed: 1,
      added: 2,
      removed: 3,
    });
    expect(String(started_at) <= String(completed_at)).to.equal(true);
  });

  it('is shown although operators did things that this release does not know', async () => {
    const { log } = service.service.services;
    await log.append(OPERATIONS_STREAM, [newEvent({ type: 'MoonPhased', data: {} })], 'any');
    expect((await json<{ completed: Json[] }>('replay')).completed).to.have.lengthOf(10);
  });
});
