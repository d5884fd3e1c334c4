import { expect } from 'chai';
import { discardReplay, openReplay, type Recording } from '../../../src/cli/replay/records.ts';
import { executor } from '../../../src/commands/execute.ts';
import { operationsDecider } from '../../../src/commands/operations.ts';
import { OPERATIONS_STREAM } from '../../../src/events/streams.ts';
import { InlineProjector } from '../../../src/projections/inline-projector.ts';
import { openTestStores, type TestStores } from '../../support/stores.ts';
import { until } from '../../support/until.ts';

describe('the record of a replay', () => {
  let stores: TestStores;
  let session: Recording;
  const recorded = async () =>
    (await stores.log.readStream(OPERATIONS_STREAM)).map(({ type, data }) => [type, JSON.parse(data).replay_id]);

  beforeEach(async () => {
    stores = await openTestStores();
    const execute = executor(stores.log, new InlineProjector(stores.readModel));
    session = {
      ...stores,
      async record(operation) {
        await execute(operationsDecider, OPERATIONS_STREAM, operation, { operator: 'test', request_id: 'test' });
      },
    };
  });

  afterEach(() => stores.close());

  it('begins once, however often the replay is gone on with', async () => {
    const first = await openReplay(session, 'this version', 'a reason');
    await first.close();
    const again = await openReplay(session, 'this version', 'another reason');
    await again.close();
    expect(again.id).to.equal(first.id);
    expect(await recorded()).to.deep.equal([['ReplayStarted', first.id]]);
  });

  it('is completed by the next one where the process ended right after the switch, without counts that nobody knows', async () => {
    const first = await openReplay(session, 'this version', null);
    const { generation } = (await first.readModel.checkpoint()) ?? {};
    await first.goLive();
    await until('it is live', async () => (await stores.readModel.checkpoint())?.generation === generation);
    const next = await openReplay(session, 'this version', null);
    await next.close();
    expect(await recorded()).to.deep.equal([
      ['ReplayStarted', first.id],
      ['ReplayCompleted', first.id],
      ['ReplayStarted', next.id],
    ]);
    const completed = JSON.parse((await stores.log.readStream(OPERATIONS_STREAM, 1, 1))[0]?.data ?? '');
    expect(completed).to.include({ events: null, changed: null, added: null, removed: null });
  });

  it('is ended by the next one where its version is gone', async () => {
    const first = await openReplay(session, 'this version', null);
    await first.close();
    const next = await openReplay(session, 'the next version', null);
    await next.close();
    expect(await recorded()).to.deep.equal([
      ['ReplayStarted', first.id],
      ['ReplayDiscarded', first.id],
      ['ReplayStarted', next.id],
    ]);
  });

  it('is not taken up again where it says discarded, but the process ended before that was done', async () => {
    const first = await openReplay(session, 'this version', null);
    await first.close();
    await session.record({ type: 'DiscardReplay', replay_id: first.id });
    const next = await openReplay(session, 'this version', null);
    await next.close();
    expect(next.id).to.not.equal(first.id);
    expect((await recorded()).map(([type]) => type)).to.deep.equal([
      'ReplayStarted',
      'ReplayDiscarded',
      'ReplayStarted',
    ]);
  });

  it('says that it was discarded, once', async () => {
    const first = await openReplay(session, 'this version', null);
    await first.close();
    await discardReplay(session, 'this version');
    await discardReplay(session, 'this version');
    expect(await recorded()).to.deep.equal([
      ['ReplayStarted', first.id],
      ['ReplayDiscarded', first.id],
    ]);
    expect(await stores.readModel.besideStatus()).to.equal(null);
  });
});
