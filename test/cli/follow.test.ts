import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { CloudEvent } from 'cloudevents';
import { run } from '../../src/cli/program.ts';
import { openEventStoreLog } from '../../src/events/eventstore/open.ts';
import { newId } from '../../src/events/new-id.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, METADATA, newEvent, USER_REGISTERED } from '../support/events.ts';
import { startStandIn } from '../support/eventstore/stand-in.ts';
import { imports, runImports } from '../support/imports.ts';
import { startImports } from '../support/process.ts';
import { OTHER_ORGANIZATION } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const ALL = ['--since', '1970-01-01'];

interface Line {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly cursor: string;
}

const linesIn = (text: string): Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe('npx imports follow', () => {
  let data: EmbeddedData;
  let cursorFiles: { path: string; remove(): void };
  /** The ids of the imports. */
  let requested: string[];
  let cursorFile: string;

  /** A requested import, and the stream that it is in. */
  const requestOf = (occurred_at: string, organization_id = METADATA.organization_id) => {
    const id = newId();
    const fact = { ...IMPORT_REQUESTED, data: { ...IMPORT_REQUESTED.data, organization_id } };
    requested.push(id);
    return [`import-${id}`, newEvent(fact, { occurred_at, organization_id })] as const;
  };

  const request = async () => {
    await data.append(...requestOf('2026-11-25T10:00:00.000Z'));
    return requested.at(-1) as string;
  };

  /** Follows until it has printed so many lines, then presses Ctrl-C. */
  async function follow(count: number, ...args: string[]): Promise<Line[]> {
    const following = runImports(data.env, ['follow', ...args]);
    await until(`${count} lines: ${following.stderr()}`, () => following.stdout().split('\n').length > count);
    following.interrupt();
    const { code, stdout, stderr } = await following.ended;
    expect({ code, stderr }).to.deep.equal({ code: 130, stderr: 'Interrupted.\n' });
    return linesIn(stdout);
  }

  const subjects = (lines: readonly Line[]) => lines.map(({ subject }) => subject);

  beforeEach(async () => {
    data = embeddedData();
    cursorFiles = temporaryDirectory();
    cursorFile = join(cursorFiles.path, 'cursor');
    requested = [];
    const events = [
      requestOf('2026-11-22T10:00:00.000Z'),
      [`user-${newId()}`, newEvent(USER_REGISTERED)] as const,
      requestOf('2026-11-23T10:00:00.000Z', OTHER_ORGANIZATION),
      requestOf('2026-11-24T10:00:00.000Z'),
    ];
    await data.with(async (log) => {
      for (const [stream, event] of events) await log.append(stream, [event], 'no_stream');
    });
  });

  afterEach(() => {
    data.remove();
    cursorFiles.remove();
  });

  it('prints public events as CloudEvents, one a line, and goes on with those that come', async () => {
    const following = runImports(data.env, ['follow', ...ALL]);
    await until('the past is shown', () => following.stdout().split('\n').length === 4);
    await request();
    await until('the new one is shown', () => following.stdout().split('\n').length === 5);
    following.interrupt();
    const lines = linesIn((await following.ended).stdout);
    expect(subjects(lines)).to.deep.equal(requested);
    for (const line of lines) expect(() => new CloudEvent({ ...line }, true)).to.not.throw();
  });

  it('begins after a cursor, at a time, or with the next event', async () => {
    const [first] = (await follow(3, ...ALL)) as [Line];
    expect(subjects(await follow(2, '--after', first.cursor))).to.deep.equal(requested.slice(1));
    expect(subjects(await follow(2, '--since', '2026-11-23'))).to.deep.equal(requested.slice(1));
    const following = runImports(data.env, ['follow', '--cursor-file', cursorFile]);
    await until('it has begun', () => existsSync(cursorFile));
    const next = await request();
    await until('the new one is shown', () => following.stdout().includes('\n'));
    following.interrupt();
    expect(subjects(linesIn((await following.ended).stdout))).to.deep.equal([next]);
  });

  it('prints only what was asked for', async () => {
    const [, other, last] = requested as [string, string, string];
    expect(subjects(await follow(1, ...ALL, '--organization', OTHER_ORGANIZATION))).to.deep.equal([other]);
    expect(subjects(await follow(1, ...ALL, '--subject', last))).to.deep.equal([last]);
    const types = ['--type', 'import-api.webhook.disabled', '--type', 'import-api.import.requested'];
    expect(subjects(await follow(3, ...ALL, ...types))).to.deep.equal(requested);
  });

  it('goes over from the stream of a subject to what comes', async () => {
    const id = requested[0] as string;
    const following = runImports(data.env, ['follow', ...ALL, '--subject', id]);
    await until('the past is shown', () => following.stdout().includes('\n'));
    await request();
    await data.with((log) => log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 0));
    await until('what is new is shown', () => following.stdout().split('\n').length === 3);
    following.interrupt();
    expect(subjects(linesIn((await following.ended).stdout))).to.deep.equal([id, id]);
  });

  it('keeps in a file how far it has come, and goes on from there, whatever --since says', async () => {
    const lines = await follow(3, ...ALL, '--cursor-file', cursorFile);
    expect(readFileSync(cursorFile, 'utf8')).to.equal(`${lines.at(-1)?.cursor}\n`);
    expect(statSync(cursorFile).mode & 0o777).to.equal(0o600);
    expect(readdirSync(cursorFiles.path)).to.deep.equal(['cursor']);
    const next = await request();
    expect(subjects(await follow(1, ...ALL, '--cursor-file', cursorFile))).to.deep.equal([next]);
    const again = await follow(3, '--after', lines[0]?.cursor as string, '--cursor-file', cursorFile);
    expect(subjects(again)).to.deep.equal(requested.slice(1));
  });

  it('keeps how far it has looked, although nothing was asked for there', async () => {
    const end = (await follow(3, ...ALL)).at(-1)?.cursor;
    const none = ['--type', 'import-api.webhook.disabled', '--cursor-file', cursorFile];
    const following = runImports(data.env, ['follow', ...ALL, ...none]);
    const kept = () => existsSync(cursorFile) && readFileSync(cursorFile, 'utf8') === `${end}\n`;
    await until('it has come to the end', kept).finally(() => following.interrupt());
    expect((await following.ended).stdout).to.equal('');
  });

  it('does not overwrite a file that holds no cursor', async () => {
    for (const text of ['', 'my notes\n', 'x'.repeat(100_000)]) {
      writeFileSync(cursorFile, text);
      const ended = await imports(data.env, 'follow', '--cursor-file', cursorFile);
      expect(ended).to.include({ code: 1, stdout: '' });
      expect(ended.stderr).to.match(/holds no cursor that this JWT_SECRET made, and was not changed.*remove the file/);
      expect(readFileSync(cursorFile, 'utf8')).to.equal(text);
    }
    const nowhere = join(cursorFiles.path, 'nowhere', 'cursor');
    expect((await imports(data.env, 'follow', '--cursor-file', nowhere)).stderr).to.match(
      /cannot be saved to .*ENOENT/,
    );
  });

  it('refuses to go on where the log has another past, and says how to begin again', async () => {
    const log = join(String(data.env.DATA_DIR), 'events.db');
    const backup = join(cursorFiles.path, 'backup');
    copyFileSync(log, backup);
    await request();
    await follow(4, ...ALL, '--cursor-file', cursorFile);
    copyFileSync(backup, log);
    await request();
    for (const args of [
      ['--cursor-file', cursorFile],
      ['--after', readFileSync(cursorFile, 'utf8').trim()],
    ]) {
      const ended = await imports(data.env, 'follow', ...args);
      expect(ended).to.include({ code: 1, stdout: '' });
      expect(ended.stderr).to.match(/does not have the event of this cursor.*egin again with --since/);
    }
  });

  it('notices that the log was replaced by an older backup while it followed', async () => {
    const log = join(String(data.env.DATA_DIR), 'events.db');
    const backup = join(cursorFiles.path, 'backup');
    copyFileSync(log, backup);
    await request();
    const following = runImports(data.env, ['follow', ...ALL]);
    await until('the past is shown', () => following.stdout().split('\n').length === 5);
    renameSync(backup, log);
    const { code, stdout, stderr } = await following.ended;
    expect({ code, lines: linesIn(stdout).length }).to.deep.equal({ code: 1, lines: 4 });
    expect(stderr).to.match(/does not have the event of this cursor/);
  });

  it('waits for a log that is away, says so, and goes on in the one that comes back', async () => {
    const log = join(String(data.env.DATA_DIR), 'events.db');
    const following = runImports(data.env, ['follow', ...ALL]);
    await until('the past is shown', () => following.stdout().split('\n').length === 4);
    renameSync(log, `${log}.away`);
    await until('it says so', () => following.stderr().includes('The log is away. Waiting for it: '));
    copyFileSync(`${log}.away`, log);
    await until('it says that too', () => following.stderr().includes('The log is back.'));
    await request();
    await until('the new one is shown', () => following.stdout().split('\n').length === 5);
    following.interrupt();
    expect(subjects(linesIn((await following.ended).stdout))).to.deep.equal(requested);
  });

  it('changes nothing beside the log, and makes no key', async () => {
    const directory = String(data.env.DATA_DIR);
    const before = readdirSync(directory);
    await follow(3, ...ALL);
    expect(readdirSync(directory)).to.deep.equal(before);
    const { JWT_SECRET: _, ...env } = data.env;
    for (const [mode, says] of [
      ['production', /JWT_SECRET is required/],
      ['development', /JWT_SECRET is not set, and .*jwt_secret is not there: set JWT_SECRET to that of the service/],
    ] as const) {
      const ended = await imports({ ...env, NODE_ENV: mode }, 'follow');
      expect(ended).to.include({ code: 1, stdout: '' });
      expect(ended.stderr).to.match(says);
    }
    expect(readdirSync(directory)).to.deep.equal(before);
  });

  for (const [args, says] of [
    [['--type', 'import.requested'], /no type import\.requested; the types are import-api\.import\.requested, /],
    [['--after', 'x'], /--after takes a cursor that a service with this JWT_SECRET gave/],
    [['--after', 'x', '--since', '2026-11-24'], /cannot be used with/],
    [['--since', '12'], /It must be a time with its zone/],
    [['--subject', 'x'], /must be a UUID/],
  ] as const) {
    it(`ends with 2 for ${args.join(' ')}`, async () => {
      const ended = await imports(data.env, 'follow', ...args);
      expect(ended).to.include({ code: 2, stdout: '' });
      expect(ended.stderr).to.match(says);
    });
  }

  it('takes no more from the log than a slow reader takes, and keeps no cursor of what was not taken', async () => {
    await data.append(`import-${newId()}`, ...Array.from({ length: 2_000 }, () => newEvent(IMPORT_REQUESTED)));
    const stop = new AbortController();
    const stdout = new PassThrough({ highWaterMark: 1_000 });
    const [stderr, stdin] = [new PassThrough().resume(), new PassThrough()];
    const surroundings = {
      env: data.env,
      stdin,
      stdout,
      stderr,
      signal: stop.signal,
      leave: () => {},
      lowerPriority: () => {},
    };
    const following = run(['follow', ...ALL, '--cursor-file', cursorFile], surroundings);
    const begun = await until('it waits for its reader', () => stdout.writableNeedDrain && readFileSync(cursorFile));
    // One page of the log.
    expect(stdout.writableLength + stdout.readableLength).to.be.below(1_000_000);
    stop.abort();
    expect(await following).to.equal(130);
    expect(readFileSync(cursorFile)).to.deep.equal(begun);
  });

  it('goes on after an outage of EventStoreDB', async () => {
    const server = await startStandIn();
    const append = async () => {
      const log = await openEventStoreLog({ url: server.url });
      await log.append(`import-${newId()}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
      await log.close();
    };
    await append();
    const following = runImports({ ...data.env, EVENTSTORE_URL: server.url }, ['follow', ...ALL]);
    await until('the past is shown', () => following.stdout().includes('\n'));
    await server.stop();
    await until('it says that the log is away', () => following.stderr().includes('The log is away'));
    await server.start();
    await append();
    await until('what came after it is shown', () => following.stdout().split('\n').length === 3, 20_000);
    following.interrupt();
    const { code, stderr } = await following.ended;
    await server.stop();
    expect(code).to.equal(130);
    expect(stderr).to.match(/^The log is away.*\nThe log is back\.\nInterrupted\.\n$/);
  });

  describe('as a process', () => {
    it('leaves nothing out however often it is killed, and begins again shortly before', async () => {
      await data.append(`import-${newId()}`, ...Array.from({ length: 3_000 }, () => newEvent(IMPORT_REQUESTED)));
      const expected = (await follow(3_003, ...ALL)).map(({ id }) => id);
      const seen: Line[] = [];
      for (let killed = 0; killed < 3; killed += 1) {
        const following = startImports(data.env, ['follow', ...ALL, '--cursor-file', cursorFile]);
        await until('it prints', () => following.stdout().split('\n').length > 2);
        following.child.kill('SIGKILL');
        const { stdout } = await following.ended();
        seen.push(...linesIn(stdout.slice(0, stdout.lastIndexOf('\n') + 1)));
        await request();
      }
      const rest = startImports(data.env, ['follow', ...ALL, '--cursor-file', cursorFile]);
      const last = requested.at(-1) as string;
      await until('it has come to the end', () => rest.stdout().includes(last));
      rest.child.kill('SIGINT');
      const { code, stdout } = await rest.ended();
      expect(code).to.equal(130);
      seen.push(...linesIn(stdout));
      const ids = new Set(seen.map(({ id }) => id));
      expect(expected.filter((id) => !ids.has(id))).to.deep.equal([]);
      expect(requested.filter((id) => !seen.some(({ subject }) => subject === id))).to.deep.equal([]);
    });

    it('ends with its reader, and at Ctrl-C although its reader takes nothing', async () => {
      await data.append(`import-${newId()}`, ...Array.from({ length: 2_000 }, () => newEvent(IMPORT_REQUESTED)));
      const piped = startImports(data.env, ['follow', ...ALL]);
      piped.child.stdout?.once('data', () => piped.child.stdout?.destroy());
      expect(await piped.ended()).to.include({ code: 0, stderr: '' });
      const stuck = startImports(data.env, ['follow', ...ALL, '--cursor-file', cursorFile]);
      stuck.child.stdout?.pause();
      await until('it has begun', () => existsSync(cursorFile));
      stuck.child.kill('SIGINT');
      expect((await stuck.ended()).code).to.equal(130);
    });
  });
});
