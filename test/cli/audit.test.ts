import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedLog } from '../../src/events/embedded/open.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import { openEventStoreLog } from '../../src/events/eventstore/open.ts';
import { newId } from '../../src/events/new-id.ts';
import { IMPORT_REQUESTED, METADATA, newEvent, USER_REGISTERED, USER_REMOVED } from '../support/events.ts';
import { startStandIn } from '../support/eventstore/stand-in.ts';
import { imports, runImports } from '../support/imports.ts';
import { JWT_SECRET, ORGANIZATION, OTHER_ORGANIZATION, OTHER_USER, USER } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const IMPORT = '3d172b54-f40f-4df9-9342-0b042fac5382';
const OTHER_IMPORT = '0199c0de-0000-7000-8000-000000000001';
const NONE = '00000000-0000-4000-8000-000000000000';
/** What a caller may send, to clear the screen, to turn the line round, and to look like a line of ours. */
const HOSTILE = '\u001b[2J\u009b1m\u202e\u2066\r\n└─ forged\u2028';
describe('npx imports audit, show and events', () => {
  const directory = temporaryDirectory();
  const env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path };
  let log: EventLog;
  const run = (...args: string[]) => imports(env, ...args);
  /** Of a run that went well, the objects of its lines. */
  const objects = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, '--json');
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { [name: string]: never });
  };
  const positions = async (...args: string[]) => (await objects(...args)).map(({ position }) => Number(position));

  before(async () => {
    log = await openEmbeddedLog({ file: join(directory.path, 'events.db') });
    const { data } = IMPORT_REQUESTED;
    const hostile = { ...data, album_id: HOSTILE, params: { ...data.params, [HOSTILE]: HOSTILE, n: 12 } };
    const requested = newEvent(
      { type: 'ImportRequested', data: hostile },
      { request_id: 'request-1', $correlationId: 'request-1' },
    );
    const polished = newEvent(
      { type: `Import${HOSTILE}`, data: { [HOSTILE]: HOSTILE } },
      {
        occurred_at: '2026-11-24T09:21:30.095Z',
        user_id: undefined,
        operator: HOSTILE,
        request_id: 'request-2',
        $correlationId: 'request-1',
        $causationId: requested.id,
      },
    );
    await log.append(`import-${IMPORT}`, [requested, polished], 'no_stream');
    const foreign = {
      organization_id: OTHER_ORGANIZATION,
      user_id: OTHER_USER,
      request_id: 'request-3',
      $correlationId: 'request-3',
    };
    await log.append(`import-${OTHER_IMPORT}`, [newEvent(IMPORT_REQUESTED, foreign)], 'no_stream');
    await log.append(`user-${USER}`, [newEvent(USER_REGISTERED), newEvent(USER_REMOVED)], 'no_stream');
  });

  after(async () => {
    await log.close();
    directory.remove();
  });

  describe('audit', () => {
    it("draws an import's history: who, when, why, what it changed, and what cannot be read", async () => {
      const { code, stdout, stderr } = await run('audit', IMPORT.toUpperCase());
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      const lines = stdout.split('\n');
      expect(lines.slice(0, 3)).to.deep.equal([
        'request request-1',
        `└─ ${METADATA.occurred_at}  ImportRequested, revision 0 of import-${IMPORT}, position 1`,
        `   by user ${USER} of organization ${ORGANIZATION}`,
      ]);
      expect(stdout).to.match(/\n {3}import_type: "salesforce"\n/);
      expect(stdout).to.match(
        /\n {3}└─ 2026-11-24T09:21:30\.095Z {2}Import\\u\{1b\}.*, revision 1 of .*, position 2\n {6}by operator /,
      );
      expect(stdout).to.match(/\n {6}! event 1 of .* does not know the event type /);
    });

    it('tells everything as JSON', async () => {
      const [first, second] = await objects('audit', IMPORT);
      expect(first).to.deep.include({
        position: '1',
        stream: `import-${IMPORT}`,
        revision: 0,
        type: 'ImportRequested',
        problem: null,
      });
      expect(first?.changes).to.deep.include({ field: 'album_id', before: null, after: HOSTILE });
      expect(first?.metadata).to.include({ user_id: USER, organization_id: ORGANIZATION, request_id: 'request-1' });
      expect(second).to.deep.include({ type: `Import${HOSTILE}`, changes: [], data: { [HOSTILE]: HOSTILE } });
      expect(second?.problem).to.contain('does not know the event type');
    });

    for (const [typed, found] of [
      ['--correlation request-1', [1, 2]],
      ['--request request-2', [2]],
      [`--user ${OTHER_USER}`, [3]],
      [`--user ${USER}`, [1, 4, 5]],
      [`--user ${USER} --correlation request-1`, [1]],
    ] as const) {
      it(`finds the events across streams by ${typed}`, async () => {
        expect(await positions('audit', ...typed.split(' '))).to.deep.equal(found);
      });
    }

    it('tells what each event across streams changed', async () => {
      const { stdout } = await run('audit', '--user', USER);
      expect(stdout).to.match(
        /UserRemoved, revision 1 of .*\n {3}by user .*\n {3}removed_at: null → "2019-04-08T17:38:58\.041Z"\n$/,
      );
    });
  });

  describe('show', () => {
    it('shows the view as it stands, and what is not in it', async () => {
      const { stdout } = await run('show', IMPORT);
      expect(stdout).to.match(/^revision 0 \(position 1, 2019-04-08T17:38:58\.041Z\)\nid: "3d172b54-/);
      expect(stdout).to.match(/\n! Revision 1 is not in it: .*\n$/);
    });

    it('shows it as it stood', async () => {
      for (const at of ['0', '@1', '2019-04-08T19:38:58.041+02:00', '2026-11-24']) {
        const [shown] = await objects('show', IMPORT, '--at', at);
        expect(shown, at).to.deep.include({
          revision: 0,
          position: '1',
          occurred_at: METADATA.occurred_at,
          problem: null,
        });
        expect(shown?.view).to.include({ id: IMPORT, album_id: HOSTILE });
      }
    });

    it('shows what changed since', async () => {
      const [diff] = await objects('show', IMPORT, '--at', '0', '--diff', '2019-04-08');
      expect(diff).to.deep.include({ from: null });
      expect(diff?.changes).to.deep.include({ field: 'id', before: null, after: IMPORT });
    });
  });

  describe('events', () => {
    for (const [typed, found] of [
      ['events', [1, 2, 3, 4, 5]],
      [`events --stream user-${USER}`, [4, 5]],
      [`events --stream user-${USER} --since 5`, [5]],
      ['events --type ImportRequested', [1, 3]],
      [`events --organization ${OTHER_ORGANIZATION.toUpperCase()}`, [3]],
      ['events --since @2 --until 4', [2, 3, 4]],
      ['events --since 2026-11-24', [2]],
      ['events --until 2026-11-24', [1, 3, 4, 5]],
      ['events --grep params.n=12', [1]],
      ['events --grep data.role=member --grep metadata.schema_version=1', [4]],
    ] as const) {
      it(`are ${found.join(', ')} with ${typed}`, async () => {
        expect(await positions(...typed.split(' '))).to.deep.equal(found);
      });
    }

    it('are lines of columns, those that cannot be read marked', async () => {
      const lines = (await run('events')).stdout.split('\n').slice(0, -1);
      expect(lines.map((line) => line.split('\t').length)).to.deep.equal([8, 9, 8, 8, 8]);
      expect(lines[1]).to.match(/\t! event 1 of /);
      expect(lines[4]).to.equal(
        `5\t${METADATA.occurred_at}\tuser-${USER}\t1\tUserRemoved\tuser ${USER}\t${ORGANIZATION}\t{}`,
      );
    });
  });

  for (const [code, args, says] of [
    [2, ['audit'], /give the id of an import, or say of what, such as --user, --about or --since/],
    [2, ['audit', IMPORT, '--user', USER], /give the id of an import, or/],
    [2, ['audit', 'nonsense'], /must be a UUID/],
    [4, ['audit', NONE], /^There is no import 00000000-/],
    [4, ['audit', '--request', 'none'], /^The log has no event of request none\.$/m],
    [4, ['audit', '--operator', 'nobody'], /^The log has no event of operator nobody\.$/m],
    [4, ['audit', '--about', `user:${NONE}`], new RegExp(`^The log has no event about user ${NONE}\\.$`, 'm')],
    [
      4,
      ['audit', '--since', '2100-01-01'],
      /^The log has no event from 2100-01-01T00:00:00\.000Z on, which is still to come/,
    ],
    [
      4,
      ['audit', '--user', NONE, '--since', '3'],
      new RegExp(`^The log has no event of user ${NONE}, from 3 on\\.$`, 'm'),
    ],
    [2, ['audit', '--since', '5', '--until', '4'], /nothing can be between --since 5 and --until 4/],
    [2, ['events', '--since', 'today', '--until', '2d'], /^error: nothing can be between --since 2/],
    [2, ['audit', '--about', 'x'.repeat(9_000)], /^.{1,500}$/m],
    [2, ['show', 'nonsense'], /must be a UUID/],
    [2, ['show', IMPORT, '--at', 'tomorrow'], /must be a revision \(0\), a position of the log \(@1200\), or a time/],
    [4, ['show', NONE], /^There is no import 00000000-/],
    [4, ['show', IMPORT, '--at', '2'], /^There is no revision 2: the last one is 1\./],
    [4, ['show', IMPORT, '--at', '2019-04-08'], /was not there yet/],
    [2, ['events', '--since', 'tomorrow'], /must be a position of the log \(1200 or @1200\), or a time/],
    [2, ['events', '--grep', 'album_id'], /must be PATH=VALUE/],
    [2, ['events', '--follow', '--until', '3'], /cannot be used with/],
    [4, ['events', '--type', 'Unheard'], /Unheard/],
  ] as const) {
    it(`${args.join(' ')} ends with ${code} and says why`, async () => {
      const ended = await run(...args);
      expect(ended).to.include({ code, stdout: '' });
      expect(ended.stderr)
        .to.match(says)
        .and.not.match(/^ {4}at /m);
    });
  }

  // Last, since they append.
  describe('of a log that grows', () => {
    it('events are followed until Ctrl-C, which gives 130', async () => {
      const head = await log.head();
      const following = runImports(env, ['events', '--follow', '--since', String(head), '--json']);
      await until('the past is shown', () => following.stdout().includes(`"position":"${head}"`));
      const { position } = await log.append(`user-${newId()}`, [newEvent(USER_REGISTERED)], 'no_stream');
      await until('the new event is shown', () => following.stdout().includes(`"position":"${position}"`));
      following.interrupt();
      const { code, stdout } = await following.ended;
      expect(code).to.equal(130);
      expect(stdout.split('\n')).to.have.lengthOf(3);
    });

    it('events are followed on EventStoreDB, through an outage', async () => {
      const server = await startStandIn();
      let eventStore = await openEventStoreLog({ url: server.url });
      await eventStore.append(`user-${USER}`, [newEvent(USER_REGISTERED)], 'no_stream');
      const following = runImports({ ...env, EVENTSTORE_URL: server.url }, ['events', '--follow', '--since', '1']);
      await until('the past is shown', () => following.stdout().includes('UserRegistered'));
      await eventStore.close();
      await server.stop();
      await until('it says that the log is away', () => following.stderr().includes('The log is away'));
      await server.start();
      eventStore = await openEventStoreLog({ url: server.url });
      await eventStore.append(`user-${USER}`, [newEvent(USER_REMOVED)], 0);
      await until('what came after the outage is shown', () => following.stdout().includes('UserRemoved'), 20_000);
      following.interrupt();
      const { code, stdout, stderr } = await following.ended;
      await eventStore.close();
      await server.stop();
      expect(code).to.equal(130);
      expect(stdout.split('\n')).to.have.lengthOf(3);
      expect(stderr).to.match(/^The log is away.*\nThe log is back\.\nInterrupted\.\n$/);
    });

    it('show ends with 1 where there is no view that could be folded, and audit shows why', async () => {
      const id = newId();
      await log.append(`import-${id}`, [newEvent({ type: 'ImportDreamt', data: {} })], 'no_stream');
      const ended = await run('show', id);
      expect(ended).to.include({ code: 1, stdout: '' });
      expect(ended.stderr).to.match(/^There is no view of it\. Revision 0 is not in it: .*"ImportDreamt"\n$/);
      expect((await run('audit', id)).stdout).to.match(/\n {3}! event 0 of /);
    });
  });
});
