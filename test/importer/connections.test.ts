import { expect } from 'chai';
import { type ConnectionCommand, connectionDecider } from '../../src/commands/connection.ts';
import { type Execute, executor } from '../../src/commands/execute.ts';
import { openEmbeddedLog } from '../../src/events/embedded/open.ts';
import { LogUnavailable } from '../../src/events/errors.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import type { ImportReason } from '../../src/events/import-events.ts';
import { Connections, type ConnectionsParts } from '../../src/importer/connections.ts';
import { ImportFailure } from '../../src/importer/import-failure.ts';
import { openEmbeddedReadModel } from '../../src/projections/embedded/embedded-read-model.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';
import { CONNECTION_ADDED, METADATA } from '../support/events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const ID = METADATA.organization_id;
const STREAM = `connection-${ID}`;
const MINUTE_MS = 60_000;
const add: ConnectionCommand = { type: 'AddConnection', settings: CONNECTION_ADDED.data, hasNewSecret: true };

describe('the connections that an importer knows', () => {
  const directory = temporaryDirectory();
  let files = 0;
  let log: EventLog;
  let readModel: ReadModel;
  let execute: Execute;
  let clock: FakeClock;
  let changed: string[];
  let seen: number;

  beforeEach(async () => {
    files += 1;
    log = await openEmbeddedLog({ file: `${directory.path}/events-${files}.db` });
    readModel = await openEmbeddedReadModel({ file: `${directory.path}/views-${files}.db` });
    execute = executor(log, new InlineProjector(readModel, { onFailure: () => {} }));
    clock = new FakeClock();
    changed = [];
    seen = 0;
  });

  afterEach(async () => {
    await readModel.close();
    await log.close();
  });

  after(() => directory.remove());

  const say = (command: ConnectionCommand) =>
    execute(connectionDecider, STREAM, command, { organization_id: ID, operator: 'me', request_id: ID });

  async function start(parts: Partial<ConnectionsParts> = {}): Promise<Connections> {
    const connections = new Connections({
      ...{ log, readModel, execute, clock, signal: new AbortController().signal },
      whyUnusable: async () => null,
      onChange: (organizationId) => changed.push(organizationId),
      onTrouble: (error) => {
        throw error;
      },
      ...parts,
    });
    await connections.list();
    return connections;
  }

  /** Gives the connections what is new in the log. */
  async function tell(connections: Connections): Promise<void> {
    const events = await log.readStream(STREAM, seen);
    for (const event of events) connections.apply(event);
    seen += events.length;
  }

  const recorded = async () => (await log.readStream(STREAM)).map(({ type }) => type);
  const recordedCount = (count: number) => until(`${count} events`, async () => (await recorded()).length >= count);

  const trouble = (minutes: number, reason: ImportReason = 'source_unavailable') =>
    new ImportFailure(reason, 'It is down.', { trouble: { until: new Date(clock.now() + minutes * MINUTE_MS) } });

  /** How long an organization pauses, in minutes; null: it does not. */
  function pausedFor(connections: Connections): number | null {
    const standing = connections.standing(ID);
    if (standing.kind !== 'paused') return null;
    return standing.until === null ? Number.POSITIVE_INFINITY : (standing.until.getTime() - clock.now()) / MINUTE_MS;
  }

  it('are read at the start, and then from the log', async () => {
    await say(add);
    const connections = await start();
    expect(connections.standing(ID)).to.deep.include({ kind: 'ready', isOnTrial: false });
    expect(connections.connectionOf(ID)).to.include({ url: CONNECTION_ADDED.data.url });
    await tell(connections);
    await say({ type: 'RemoveConnection' });
    await tell(connections);
    expect(connections.standing(ID)).to.deep.equal({ kind: 'removed' });
    expect(connections.connectionOf(ID)).to.equal(null);
    await say(add);
    changed = [];
    await tell(connections);
    await until('it was told', () => connections.standing(ID).kind === 'ready');
    expect(changed).to.include(ID);
  });

  it('are missing where there is none', async () => {
    expect((await start()).standing(ID)).to.deep.equal({ kind: 'missing' });
  });

  it('pause at once when one has trouble, and that is recorded once', async () => {
    await say(add);
    const connections = await start();
    await tell(connections);
    for (let n = 0; n < 10; n += 1) connections.attemptEnded(ID, trouble(1));
    expect(connections.standing(ID)).to.deep.include({ kind: 'paused', detail: 'It is down.' });
    expect(pausedFor(connections)).to.equal(1);
    await recordedCount(2);
    await tell(connections);
    expect(pausedFor(connections)).to.equal(1);
    expect(await recorded()).to.deep.equal(['ConnectionAdded', 'ConnectionPaused']);
  });

  it('do not pause for the trouble of one import', async () => {
    await say(add);
    const connections = await start();
    connections.attemptEnded(ID, new ImportFailure('source_unavailable', 'The download was reset.'));
    expect(connections.standing(ID).kind).to.equal('ready');
  });

  it('go on by themselves when the pause is over, on trial until something works', async () => {
    await say(add);
    const connections = await start();
    await tell(connections);
    connections.attemptEnded(ID, trouble(1));
    await recordedCount(2);
    await tell(connections);
    changed = [];
    await clock.pass(MINUTE_MS);
    expect(changed).to.deep.equal([ID]);
    expect(connections.standing(ID)).to.deep.include({ kind: 'ready', isOnTrial: true });
    connections.attemptEnded(ID, null);
    connections.attemptEnded(ID, null);
    await recordedCount(3);
    await tell(connections);
    expect(connections.standing(ID)).to.deep.include({ kind: 'ready', isOnTrial: false });
    expect(await recorded()).to.deep.equal(['ConnectionAdded', 'ConnectionPaused', 'ConnectionResumed']);
  });

  it('leave no timer behind that would keep the process', async () => {
    const ending = new AbortController();
    await say(add);
    const connections = await start({ signal: ending.signal });
    connections.attemptEnded(ID, trouble(60));
    expect(clock.timers).to.equal(1);
    await recordedCount(2);
    ending.abort();
    expect(clock.timers).to.equal(0);
    await tell(connections);
    expect(clock.timers).to.equal(0);
  });

  it('pause for longer if nothing has worked since', async () => {
    await say(add);
    const connections = await start();
    await tell(connections);
    connections.attemptEnded(ID, trouble(1));
    await recordedCount(2);
    await tell(connections);
    await clock.pass(MINUTE_MS);
    connections.attemptEnded(ID, trouble(1));
    expect(pausedFor(connections)).to.be.closeTo(2, 0.1);
  });

  it('stay paused by an operator, whatever becomes of what is under way', async () => {
    await say(add);
    await say({ type: 'PauseConnection', reason: 'asked', detail: 'maintenance', until: null, nowMs: clock.now() });
    const connections = await start();
    connections.attemptEnded(ID, null);
    connections.attemptEnded(ID, trouble(1));
    expect(connections.standing(ID)).to.deep.equal({
      kind: 'paused',
      reason: 'asked',
      detail: 'maintenance',
      until: null,
    });
    expect(await recorded()).to.have.lengthOf(2);
  });

  it('are ready at once when an operator resumes them, or gives them other settings', async () => {
    for (const command of [{ type: 'ResumeConnection', reason: 'mended', nowMs: clock.now() } as const, add]) {
      await say(add);
      const connections = await start();
      await tell(connections);
      connections.attemptEnded(ID, trouble(60, 'connection_refused'));
      await until('it is recorded', async () => (await recorded()).at(-1) === 'ConnectionPaused');
      await say(command);
      await tell(connections);
      await until(command.type, () => connections.standing(ID).kind === 'ready');
      expect(connections.standing(ID)).to.include({ isOnTrial: false });
    }
  });

  it('pause even while the log is away', async () => {
    await say(add);
    const failures: unknown[] = [];
    const connections = await start({
      execute: () => Promise.reject(new LogUnavailable('it is away')),
      onTrouble: (error) => failures.push(error),
    });
    connections.attemptEnded(ID, trouble(1));
    await until('it failed', () => failures.length > 0);
    expect(pausedFor(connections)).to.equal(1);
    await clock.pass(MINUTE_MS);
    expect(connections.standing(ID)).to.deep.include({ kind: 'ready', isOnTrial: true });
    connections.attemptEnded(ID, null);
    expect(connections.standing(ID)).to.deep.include({ kind: 'ready', isOnTrial: false });
  });

  it('are unusable on a node that cannot log in, until they have other settings', async () => {
    await say(add);
    let why: string | null = 'The secret is on another node.';
    const connections = await start({ whyUnusable: async () => why });
    await tell(connections);
    expect(connections.standing(ID)).to.deep.equal({ kind: 'unusable', detail: why });
    why = null;
    await say(add);
    await tell(connections);
    await until('it has looked', () => connections.standing(ID).kind === 'ready');
  });
});
