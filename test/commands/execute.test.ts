import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type Execute, executor } from '../../src/commands/execute.ts';
import { userDecider } from '../../src/commands/user.ts';
import { type WebhookCommand, webhookDecider } from '../../src/commands/webhook.ts';
import { knownWebhook } from '../../src/commands/webhook-state.ts';
import { decode } from '../../src/events/decode.ts';
import { LogUnavailable } from '../../src/events/errors.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import { observedLog } from '../../src/events/observed-log.ts';
import { fold } from '../../src/projections/fold-stream.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import type { Stored } from '../../src/projections/queries.ts';
import { METADATA, newEvent, WEBHOOK_REGISTERED } from '../support/events.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { openTestStores, type TestStores } from '../support/stores.ts';

const CONTEXT = { organization_id: METADATA.organization_id, operator: 'test', request_id: 'test' };
const REGISTER_WEBHOOK: WebhookCommand = { type: 'RegisterWebhook', ...WEBHOOK_REGISTERED.data };
const MOVE: WebhookCommand = {
  type: 'MoveWatermark',
  watermark: { ...WEBHOOK_REGISTERED.data.watermark, service: 'another' },
};
const DISABLE: WebhookCommand = { type: 'DisableWebhook', reason: 'asked', detail: null };
const REGISTER = { type: 'RegisterUser', organization_id: METADATA.organization_id, role: 'member' } as const;

describe('executing a command', () => {
  let stores: TestStores;
  let inline: InlineProjector;
  let log: EventLog;
  let execute: Execute;
  let id: string;
  let stream: string;

  beforeEach(async () => {
    stores = await openTestStores();
    inline = new InlineProjector(stores.readModel);
    log = observedLog(stores.log, { appended: () => {}, appendFailed: () => {} });
    execute = executor(log, inline);
    id = randomUUID();
    stream = `user-${id}`;
  });

  afterEach(() => stores.close());

  it('appends what was decided, and returns it with the view in the read model', async () => {
    const { events, view, history } = await execute(userDecider, stream, REGISTER, CONTEXT);
    expect(events).to.deep.equal((await stores.log.readStream(stream)).map(decode));
    expect(view).to.deep.equal(await stores.readModel.get('user', id));
    expect(view?.revision).to.equal(0);
    expect(history).to.deep.equal([]);
  });

  it('appends nothing if there is nothing to do, and returns what had happened', async () => {
    await execute(userDecider, stream, REGISTER, CONTEXT);
    const { events, view, history } = await execute(userDecider, stream, REGISTER, CONTEXT, { isProbablyNew: true });
    expect({ events, view, types: history.map(({ type }) => type) }).to.deep.equal({
      ...{ events: [], view: null, types: ['UserRegistered'] },
    });
  });

  it('continues after events of a type that this release does not know', async () => {
    await execute(userDecider, stream, REGISTER, CONTEXT);
    await stores.log.append(stream, [newEvent({ type: 'UserPromoted', data: {} })], 0);
    const { events, view } = await execute(userDecider, stream, { type: 'RemoveUser' }, CONTEXT);
    expect(events.map(({ revision }) => revision)).to.deep.equal([2]);
    expect(view?.revision).to.equal(2);
  });

  it('decides again if somebody else was first', async () => {
    await execute(userDecider, stream, REGISTER, CONTEXT);
    const { readStream } = stores.log;
    let reads = 0;
    log.readStream = async (...args) => {
      const read = await readStream.apply(stores.log, args);
      reads += 1;
      // Between the reading and the append.
      if (reads === 1) await executor(stores.log, inline)(userDecider, stream, { type: 'RemoveUser' }, CONTEXT);
      return read;
    };
    expect((await execute(userDecider, stream, { type: 'RemoveUser' }, CONTEXT)).events).to.deep.equal([]);
    expect(await stores.log.readStream(stream)).to.have.length(2);
  });

  it('tries an append of unknown outcome again, as the same append', async () => {
    const { append } = stores.log;
    let tries = 0;
    log.append = async (...args) => {
      tries += 1;
      const appended = await append.apply(stores.log, args);
      if (tries === 1) throw new LogUnavailable('the answer was lost');
      return appended;
    };
    await execute(userDecider, stream, REGISTER, CONTEXT);
    expect({ tries, events: (await stores.log.readStream(stream)).length }).to.deep.equal({ tries: 2, events: 1 });
  });

  it('leaves events to the follower if the outcome of their append stays unknown', async () => {
    const { append } = stores.log;
    log.append = async (...args) => {
      await append.apply(stores.log, args);
      throw new LogUnavailable('the answer was lost');
    };
    expect(await rejectionOf(execute(userDecider, stream, REGISTER, CONTEXT))).to.be.instanceOf(LogUnavailable);
    const ids = (await stores.log.readStream(stream)).map((event) => event.id);
    expect(ids).to.have.length(1);
    expect(await inline.takeProjected(ids)).to.deep.equal(new Set());
  });

  it('folds the view from the events if the read model is away', async () => {
    inline.pause(new Error('the test says so'));
    await execute(userDecider, stream, REGISTER, CONTEXT);
    const { view } = await execute(userDecider, stream, { type: 'RemoveUser' }, CONTEXT);
    expect(view?.revision).to.equal(1);
    expect(await stores.readModel.get('user', id)).to.equal(null);
  });

  describe('with a known view', () => {
    let stored: Stored<'webhook'>;
    let reads: (number | undefined)[];

    beforeEach(async () => {
      stream = `webhook-${id}`;
      await execute(webhookDecider, stream, REGISTER_WEBHOOK, { ...CONTEXT, user_id: METADATA.user_id });
      stored = (await stores.readModel.get('webhook', id)) as Stored<'webhook'>;
      reads = [];
      const { readStream } = stores.log;
      log.readStream = (...args) => {
        reads.push(args[1]);
        return readStream.apply(stores.log, args);
      };
    });

    const knowing = (command: WebhookCommand) =>
      execute(webhookDecider, stream, command, CONTEXT, { known: knownWebhook(stored) });
    const types = async () => (await stores.log.readStream(stream)).map(({ type }) => type);

    it('reads only the events after the view', async () => {
      const { history, view } = await knowing(MOVE);
      expect({ history, reads, revision: view?.revision }).to.deep.equal({ history: [], reads: [1], revision: 1 });
    });

    it('evolves the state of a view that is behind', async () => {
      await execute(webhookDecider, stream, DISABLE, CONTEXT);
      const { events, history } = await knowing(DISABLE);
      expect(events).to.deep.equal([]);
      expect(history.map(({ type }) => type)).to.deep.equal(['WebhookDisabled']);
    });

    it('decides again if somebody else was first, and still reads only what is new', async () => {
      const { append } = stores.log;
      let appends = 0;
      log.append = async (...args) => {
        appends += 1;
        if (appends === 1) await executor(stores.log, inline)(webhookDecider, stream, MOVE, CONTEXT);
        return append.apply(stores.log, args);
      };
      const { view } = await knowing(DISABLE);
      expect({ reads, revision: view?.revision }).to.deep.equal({ reads: [1, 1], revision: 2 });
      expect(await types()).to.deep.equal(['WebhookRegistered', 'WebhookWatermarkMoved', 'WebhookDisabled']);
    });

    it('reads the whole stream if the log lacks events that the view has', async () => {
      stored = { ...stored, revision: 7, view: { ...stored.view, status: 'deleted' } };
      const sameAgain = await rejectionOf(knowing(DISABLE));
      expect(sameAgain).to.have.property('code', 'webhook_unknown');
      stored = { ...stored, view: { ...stored.view, status: 'enabled' } };
      await knowing(DISABLE);
      expect({ reads, types: await types() }).to.deep.equal({
        reads: [8, 8, 8, undefined],
        types: ['WebhookRegistered', 'WebhookDisabled'],
      });
    });

    it('folds the view from the known one if the read model is away', async () => {
      await execute(webhookDecider, stream, MOVE, CONTEXT);
      inline.pause(new Error('the test says so'));
      const { view } = await knowing(DISABLE);
      expect(view).to.deep.equal(fold('webhook', id, await stores.log.readStream(stream)));
    });
  });
});
