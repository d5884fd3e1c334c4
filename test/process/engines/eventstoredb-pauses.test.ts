import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { openEventStoreLog } from '../../../src/events/eventstore/open.ts';
import { IMPORT_REQUESTED, METADATA, newEvent } from '../../support/events.ts';
import { type StandIn, startStandIn } from '../../support/eventstore/stand-in.ts';
import { imports, runImports } from '../../support/imports.ts';
import { JWT_SECRET } from '../../support/service.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';

const EVENTS = 300;

describe('a command on EventStoreDB, whose server stands still in the middle of it,', () => {
  const directory = temporaryDirectory();
  const imported = randomUUID();
  let server: StandIn;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    server = await startStandIn();
    env = { JWT_SECRET, DATA_DIR: directory.path, EVENTSTORE_URL: server.url };
    const log = await openEventStoreLog({ url: server.url });
    for (const id of [imported, ...Array.from({ length: EVENTS - 1 }, () => randomUUID())]) {
      await log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
    }
    await log.close();
    expect((await imports(env, 'replay', '--yes')).code).to.equal(0);
  });

  afterEach(() => server.faults.clear());

  after(async () => {
    await server.stop();
    directory.remove();
  });

  for (const [args, afterMessages] of [
    [['verify', '--all'], EVENTS / 2],
    [['verify', '--sample', '100'], 50],
    [['export'], EVENTS / 2],
    [['audit', '--user', METADATA.user_id], EVENTS / 2],
    [['events'], EVENTS / 2],
    [['show', imported], 1],
    [['replay', '--yes'], EVENTS / 2],
  ] as const) {
    it(`${args.filter((arg) => /^(--)?[a-z]+$/.test(arg)).join(' ')} waits for it, and says so once`, async () => {
      server.faults.pauseAfterMessages = afterMessages;
      const command = runImports(env, args);
      command.stdin.end();
      await until('it waits', () => /Waiting for it, for up to 30 s/.test(command.stderr()));
      server.faults.clear();
      const { code, stderr } = await command.ended;
      expect(stderr.match(/Waiting for it/g), stderr).to.have.length(1);
      expect(stderr).to.include('The event log answers again.');
      expect(code, stderr).to.equal(0);
    });
  }
});
