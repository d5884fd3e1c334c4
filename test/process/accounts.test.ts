import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type Ended,
  kill,
  listening,
  startAs,
  startImports,
  startProcess,
  type TestProcess,
} from '../support/process.ts';
import { copyProject } from '../support/project-copy.ts';
import { ORGANIZATION, USER } from '../support/service.ts';
import { VIEWS_FILE } from '../support/stores.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';
import { NOBODY, othersDirectory, STRANGER, USUAL } from './others-directory.ts';

/** The command line, in a process of its own, which may become another account's. */
const imports = (env: NodeJS.ProcessEnv, ...args: string[]) => startImports(env, args).ended();

describe("a data directory that is another account's", () => {
  const others = othersDirectory();
  let directory: typeof others.directory;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  const { running } = others;

  beforeEach(() => {
    ({ directory, folder, env } = others);
  });

  /** Of all that is in the folder, and not made for its owner alone. */
  const othersFiles = () =>
    readdirSync(folder)
      .map((name) => ({ name, ...statSync(join(folder, name)) }))
      .filter(({ uid, mode }) => uid !== NOBODY || (mode & 0o077) !== 0)
      .map(({ name }) => name);

  /** The service, as its own account. */
  async function startService(): Promise<string> {
    const service = startAs(NOBODY, env, 'start.js', []);
    running.push(service);
    const url = await listening(service);
    await until('it is ready', async () => (await fetch(`${url}/readyz`)).status === 200);
    return url;
  }

  const asNobody = (program: string, args: readonly string[] = [], settings = env) =>
    startAs(NOBODY, settings, program, args).ended();

  it("gets no file of root's by what root does in it, so that the service goes on and starts again", async function () {
    this.timeout(60_000);
    expect((await imports(env, 'users', 'add', '--user', USER, '--organization', ORGANIZATION)).code).to.equal(0);
    expect(othersFiles()).to.deep.equal([]);
    const url = await startService();
    const token = (await imports(env, 'token', '--user', USER)).stdout.trim();
    const list = async () =>
      (await fetch(`${url}/api/v1/imports`, { headers: { Authorization: `Token ${token}` } })).status;
    for (const command of [
      'replay --yes',
      `secrets add --organization ${ORGANIZATION}`,
      'quarantine retry --all',
      'verify --all --repair --yes',
    ]) {
      const { code, stderr } = await imports(env, ...command.split(' '));
      expect(code, `${command}: ${stderr}`).to.equal(0);
      expect(othersFiles(), command).to.deep.equal([]);
      await until(`it lists after ${command}`, async () => (await list()) === 200);
    }
    await kill(running.pop() as TestProcess, 'SIGTERM');
    for (const name of readdirSync(folder)) if (name.startsWith('views')) rmSync(join(folder, name));
    expect((await imports(env, 'users', 'list')).code).to.equal(0);
    expect((await imports(env, 'users', 'add', '--organization', ORGANIZATION)).code).to.equal(0);
    expect(othersFiles()).to.deep.equal([]);
    await startService();
  });

  it("makes a service that root starts there one of the owner's, for good", async () => {
    const service = startProcess(env);
    running.push(service);
    await listening(service);
    const ids = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$/m.exec(
      readFileSync(`/proc/${service.child.pid}/status`, 'utf8'),
    );
    expect(ids?.slice(1).map(Number)).to.deep.equal(Array(4).fill(NOBODY));
    expect(othersFiles()).to.deep.equal([]);
    expect((await kill(service, 'SIGTERM')).code).to.equal(0);
  });

  it('is made for the owner of the folder that it is in, and so is the key of development', async () => {
    const inside = { ...env, NODE_ENV: 'development', JWT_SECRET: '', DATA_DIR: join(folder, 'a', 'b') };
    const added = await imports(inside, 'users', 'add', '--user', USER, '--organization', ORGANIZATION);
    expect(added.code, added.stderr).to.equal(0);
    expect((await imports(inside, 'token', '--user', USER)).code).to.equal(0);
    const made = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(made).to.include.members(['a/b/events.db', 'a/b/jwt_secret']);
    expect(made.filter((name) => statSync(join(folder, name)).uid !== NOBODY)).to.deep.equal([]);
  });

  it('does not keep root from exporting to where only root may write, and has on record that it was root', async () => {
    await imports(env, 'users', 'add', '--organization', ORGANIZATION);
    const roots = join(directory.path, 'roots');
    mkdirSync(roots, { mode: 0o700 });
    const file = join(roots, 'events.ndjson');
    // The second time over the file of the first.
    for (let count = 0; count < 2; count += 1) {
      const { code, stderr } = await imports(env, 'export', '--output', file);
      expect(code, stderr).to.equal(0);
      const [event = '', ...others] = readFileSync(file, 'utf8').trim().split('\n');
      expect(JSON.parse(JSON.parse(event).metadata).operator).to.equal('root');
      expect(others).to.deep.equal([]);
    }
    expect((await imports(env, 'load', '--dry-run', file)).stderr).to.match(/Would append 0 events; 1 was there/);
  });

  it('does not keep what root compiled in a checkout of somebody else', async () => {
    const copy = join(directory.path, 'checkout');
    copyProject(copy, []);
    const kept = () => readdirSync(join(copy, 'node_modules')).includes('.cache');
    const run = () => startImports(env, ['--version'], copy).ended();
    chownSync(join(copy, 'node_modules'), NOBODY, NOBODY);
    expect((await run()).code).to.equal(0);
    expect(kept()).to.equal(false);
    chownSync(join(copy, 'node_modules'), 0, 0);
    expect((await run()).code).to.equal(0);
    expect(kept()).to.equal(true);
  });

  it("of root stays root's", async () => {
    chownSync(folder, 0, 0);
    expect((await imports(env, 'users', 'add', '--organization', ORGANIZATION)).code).to.equal(0);
    expect(readdirSync(folder).filter((name) => statSync(join(folder, name)).uid !== 0)).to.deep.equal([]);
  });

  it("of root stays root's where its files came from an account that has no right to it", async () => {
    chownSync(folder, 0, 0);
    chmodSync(folder, 0o755);
    await imports(env, 'users', 'add', '--organization', ORGANIZATION);
    chownSync(join(folder, 'events.db'), STRANGER, STRANGER);
    const { code, stderr } = await imports(env, 'users', 'add', '--organization', ORGANIZATION);
    expect(code, stderr).to.equal(0);
    expect(readdirSync(folder)).to.include('events.db');
  });

  it("is root's where files beside the folder that is to be made are somebody's", async () => {
    chownSync(folder, 0, 0);
    chmodSync(folder, 0o1777);
    for (const name of ['events.db', 'jwt_secret']) {
      writeFileSync(join(folder, name), '');
      chownSync(join(folder, name), STRANGER, STRANGER);
    }
    const inside = join(folder, 'inside');
    await imports({ ...env, DATA_DIR: inside }, 'users', 'add', '--organization', ORGANIZATION);
    expect(statSync(inside).uid).to.equal(0);
  });

  it('keeps a folder that has the name of a file of ours', async () => {
    chownSync(folder, 0, 0);
    chmodSync(folder, 0o777);
    mkdirSync(join(folder, 'events.db'));
    chownSync(join(folder, 'events.db'), NOBODY, NOBODY);
    await imports(env, 'users', 'add', '--organization', ORGANIZATION);
    expect(statSync(join(folder, 'events.db')).isDirectory()).to.equal(true);
  });

  describe('of which somebody is told that they may not use it', () => {
    /** Does what the message tells root to do, for as long as it tells something. */
    async function obey(run: () => Promise<Ended>): Promise<Ended> {
      for (let told = 0; told < 5; told += 1) {
        const ended = await run();
        const command = /let root (?:do|make the folder:) (.*)$/m.exec(ended.stderr)?.[1];
        if (command === undefined) return ended;
        execFileSync('sh', ['-c', command]);
      }
      throw new Error('it is told again and again');
    }

    const add = (account: number, settings = env) =>
      startAs(account, settings, 'cli/start.js', ['users', 'add', '--organization', ORGANIZATION]).ended();

    it('gets a command that repairs it, for an account without a name and a folder with a space too', async () => {
      const spaced = join(directory.path, "the service's data");
      const settings = { ...env, DATA_DIR: spaced };
      mkdirSync(spaced, { mode: 0o700 });
      await imports(settings, 'users', 'add', '--organization', ORGANIZATION);
      const { code, stderr } = await obey(() => add(STRANGER, settings));
      expect(code, stderr).to.equal(0);
    });

    it('gets a command that makes the folder, and leaves the one that it is in as it is', async () => {
      const { code, stderr } = await obey(() => add(STRANGER, { ...env, DATA_DIR: join(directory.path, 'a', 'b') }));
      expect(code, stderr).to.equal(0);
      expect(statSync(directory.path).uid).to.equal(0);
      expect(statSync(join(directory.path, 'a', 'b')).uid).to.equal(STRANGER);
    });

    it('is first told to run it as the account whose it is', async () => {
      await imports(env, 'users', 'add', '--organization', ORGANIZATION);
      const says =
        /\(EACCES\): run this as nobody; only if the service is to run as uid 12345, let root do chown 12345 \//;
      for (const mode of [0o700, 0o755]) {
        chmodSync(folder, mode);
        expect((await add(STRANGER)).stderr).to.match(says);
        expect((await startAs(STRANGER, env, 'cli/start.js', ['users', 'list']).ended()).stderr).to.match(says);
      }
      const inside = { ...env, DATA_DIR: join(folder, 'a') };
      chmodSync(folder, 0o700);
      expect((await add(STRANGER, inside)).stderr).to.match(
        /run this as nobody, or set DATA_DIR to a folder that uid 12345 may use/,
      );
    });
  });

  describe('with what a service left that was killed', () => {
    /** As the service left it. */
    let left: ReturnType<typeof temporaryDirectory>;

    before(async () => {
      left = temporaryDirectory();
      chownSync(left.path, NOBODY, NOBODY);
      const service = startAs(NOBODY, { ...USUAL, DATA_DIR: left.path }, 'start.js', []);
      await listening(service);
      await kill(service, 'SIGKILL');
    });

    after(() => left?.remove());

    for (const file of [
      'events.db',
      'events.db-wal',
      'events.db-shm',
      VIEWS_FILE,
      `${VIEWS_FILE}-wal`,
      `${VIEWS_FILE}.lock`,
    ]) {
      it(`is told of where ${file} in it is root's: which file, whose, and who cannot use it`, async () => {
        for (const name of readdirSync(left.path)) {
          cpSync(join(left.path, name), join(folder, name), { recursive: true });
          chownSync(join(folder, name), NOBODY, NOBODY);
        }
        const path = join(folder, file);
        chownSync(path, 0, 0);
        chmodSync(path, 0o600);
        const says = new RegExp(
          `${file.replaceAll('.', '\\.')} belongs to root \\(mode 0600\\), and this process runs as nobody \\(EACCES\\)`,
        );
        const service = await asNobody('start.js');
        expect(service.code).to.equal(1);
        expect(service.stderr)
          .to.match(says)
          .and.match(/\(EACCES\): let root do chown nobody \//)
          .and.not.match(/^ {4}at /m);
        // Root comes as the owner, and so gets no further.
        const roots = await imports(env, 'users', 'add', '--organization', ORGANIZATION);
        expect(roots.code).to.equal(7);
        expect(roots.stderr)
          .to.match(says)
          .and.match(/\(EACCES\): let root do chown nobody \//);
        if (file === `${VIEWS_FILE}.lock`) return;
        const listed = await asNobody('cli/start.js', ['users', 'list']);
        expect(listed.code).to.equal(7);
        expect(listed.stderr).to.match(says);
      });
    }
  });

  it("is told of where its key, or the folder itself, is root's", async () => {
    const development = { ...env, NODE_ENV: 'development', JWT_SECRET: '' };
    writeFileSync(join(folder, 'jwt_secret'), 'x'.repeat(64), { mode: 0o600 });
    const service = await asNobody('start.js', [], development);
    expect(service.code).to.equal(1);
    expect(service.stderr).to.match(/jwt_secret belongs to root \(mode 0600\), and this process runs as nobody/);
    chownSync(folder, 0, 0);
    const checked = await asNobody('cli/start.js', ['check', '--no-service']);
    expect(checked.stdout).to.match(/data belongs to root \(mode 0700\), and this process runs as nobody/);
    expect((await asNobody('start.js')).stderr).to.match(
      /data belongs to root \(mode 0700\), and this process runs as/,
    );
    const inside = { ...env, DATA_DIR: join(folder, 'inside') };
    expect((await asNobody('start.js', [], inside)).stderr).to.match(/data belongs to root \(mode 0700\)/);
  });
});
