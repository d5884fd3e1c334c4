import { expect } from 'chai';
import type { ImportReason } from '../../src/events/import-events.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports, runImports } from '../support/imports.ts';
import { ORGANIZATION, OTHER_ORGANIZATION } from '../support/service.ts';
import { VIEWS_FILE } from '../support/stores.ts';
import { until } from '../support/until.ts';

const idOf = (index: number) => `3d172b54-f40f-4df9-9342-0b04${String(index).padStart(8, '0')}`;
const NONE = '00000000-0000-4000-8000-000000000000';
const REQUESTED = IMPORT_REQUESTED.data;

describe('npx imports retry', () => {
  let data: EmbeddedData;

  beforeEach(() => {
    data = embeddedData();
  });

  afterEach(() => data.remove());

  const failed = (reason: ImportReason, detail: string | null = null) => ({
    type: 'ImportFailed',
    data: { album_id: null, attempt: 1, reason, detail, calls: [] },
  });
  const add = (
    index: number,
    result: { type: string; data: object } | null,
    { organization = ORGANIZATION, at = '2026-11-24T10:00:00.000Z' } = {},
  ) => {
    const metadata = { organization_id: organization, occurred_at: at };
    const requested = { ...IMPORT_REQUESTED, data: { ...REQUESTED, organization_id: organization } };
    const events = [requested, ...(result === null ? [] : [result])].map((fact) => newEvent(fact, metadata));
    return data.append(`import-${idOf(index)}`, ...events);
  };
  const run = (...args: string[]) => imports(data.env, 'retry', ...args);
  const idsIn = (stdout: string) =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t')[0]);
  const statusOf = (index: number) =>
    data.sql(VIEWS_FILE, `SELECT status FROM imports WHERE id = '${idOf(index)}'`)[0]?.status;

  it('has the imports tried again that are named, whether they failed or were cancelled, and leaves others', async () => {
    await add(1, failed('source_forbidden', 'It says 403.'));
    await add(2, { type: 'ImportCancelled', data: { album_id: null } });
    await add(3, null);
    await data.project();
    const ended = await run(idOf(1), idOf(2).toUpperCase(), idOf(3), '--yes', '--reason', 'ticket 4711');
    expect(ended.code).to.equal(0);
    expect(ended.stdout).to.equal(
      `${idOf(1)}\t${ORGANIZATION}\tfailed\tsource_forbidden\tIt says 403.\t2026-11-24T10:00:00.000Z\n` +
        `${idOf(2)}\t${ORGANIZATION}\tcancelled\t-\t-\t2026-11-24T10:00:00.000Z\n`,
    );
    expect(ended.stderr).to.contain(`Import ${idOf(3)} is left as it is: it waits to be tried.`);
    expect(ended.stderr).to.contain('2 imports: source_forbidden 1, cancelled 1.\n');
    expect(ended.stderr).to.match(/2 imports will be tried again\.\n$/);
    expect(statusOf(1)).to.equal('waiting');
    const { stdout } = await imports(data.env, 'audit', idOf(1));
    expect(stdout).to.match(
      /ImportRetryRequested.*\n.*by operator \S+ of organization .*\n.*on .*\n.*\n.*because: ticket 4711\n/,
    );
  });

  it('says that an organization is unknown', async () => {
    await add(1, failed('source_forbidden'));
    await data.project();
    const ended = await run('--failed', '--organization', NONE, '--yes');
    expect([ended.code, ended.stderr]).to.deep.equal([4, `No import is of organization ${NONE}.\n`]);
    const other = await run('--failed', '--failed-with', 'source_unavailable', '--organization', ORGANIZATION, '--yes');
    expect([other.code, other.stderr]).to.deep.equal([0, 'There is nothing to retry.\n']);
  });

  it('finds those that have failed, by reason, organization and time', async () => {
    await add(1, failed('source_forbidden'));
    await add(2, failed('source_unavailable'), { at: '2026-11-23T10:00:00.000Z' });
    await add(3, failed('source_forbidden'), { organization: OTHER_ORGANIZATION });
    await add(4, { type: 'ImportCancelled', data: { album_id: null } });
    await add(5, null);
    await data.project();
    for (const [typed, found] of [
      ['', [1, 2, 3]],
      ['--failed-with source_forbidden', [1, 3]],
      ['--since 2026-11-24', [1, 3]],
      [`--organization ${ORGANIZATION}`, [2, 1]],
      [`--organization ${ORGANIZATION} --failed-with source_forbidden --since 2026-11-24`, [1]],
    ] as const) {
      const args = typed.split(' ').filter((word) => word !== '');
      const { code, stdout } = await run('--failed', ...args, '--dry-run');
      expect([code, idsIn(stdout).toSorted()], typed).to.deep.equal([0, found.map((index) => idOf(index)).toSorted()]);
    }
    expect(statusOf(1)).to.equal('failed');
    const { stdout, stderr } = await run('--failed', '--yes', '--json');
    expect(
      stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).id),
    ).to.deep.equal([1, 2, 3].map(idOf));
    expect(stderr).to.match(
      /^3 imports: source_forbidden 2, source_unavailable 1\.\n3 imports will be tried again\.\n$/,
    );
    expect((await run('--failed', '--yes')).stderr).to.equal('There is nothing to retry.\n');
  });

  it('asks first, and does nothing without a yes', async () => {
    await add(1, failed('source_forbidden'));
    await data.project();
    for (const [answer, code, status] of [
      ['no', 1, 'failed'],
      ['yes', 0, 'waiting'],
    ] as const) {
      const asked = runImports(data.env, ['retry', '--failed'], { isAtTerminal: true });
      await until('it asks', () => asked.stderr().includes('[y/N]'));
      expect(asked.stderr()).to.contain('1 import: source_forbidden 1.');
      asked.stdin.end(`${answer}\n`);
      expect((await asked.ended).code).to.equal(code);
      expect(statusOf(1)).to.equal(status);
    }
  });

  it('goes no faster than it may, and goes on where it was interrupted', async () => {
    // At this rate, they take far longer than this test waits.
    const COUNT = 200;
    for (let index = 0; index < COUNT; index += 1) await add(index, failed('source_unavailable'));
    await data.project();
    const args = ['retry', '--failed', '--yes', '--rate', '4'];
    const beganAt = performance.now();
    const interrupted = runImports(data.env, args);
    await until('three are done', () => idsIn(interrupted.stdout()).length >= 3);
    expect(performance.now() - beganAt).to.be.at.least(490);
    interrupted.interrupt();
    const { code, stdout, stderr } = await interrupted.ended;
    expect(code).to.equal(130);
    const done = idsIn(stdout);
    expect(stderr).to.contain(`${done.length} of ${COUNT} are tried again; the same command goes on with the others.`);
    const others = await run('--failed', '--yes');
    expect([...done, ...idsIn(others.stdout)].toSorted()).to.deep.equal(
      Array.from({ length: COUNT }, (_, at) => idOf(at)),
    );
  });

  for (const [args, code, says] of [
    [[], 2, 'give one import or more, or --failed'],
    [[idOf(1), '--failed'], 2, 'give one import or more, or --failed'],
    [[idOf(1), '--since', '2026-11-24', '--dry-run'], 2, 'go with --failed'],
    [['nonsense'], 2, 'It must be a UUID'],
    [['--failed', '--failed-with', 'bad_luck'], 2, 'Allowed choices are source_missing'],
    [['--failed', '--rate', '0'], 2, 'It must be a number a second'],
    [['--failed'], 2, 'no terminal to ask at'],
    [[idOf(1), NONE, '--yes'], 4, `There is no import ${NONE}.`],
  ] as const) {
    it(`${args.join(' ')} ends with ${code} and says why`, async () => {
      await add(1, failed('source_forbidden'));
      await data.project();
      const ended = await run(...args);
      expect(ended.code).to.equal(code);
      expect(ended.stderr).to.contain(says);
      expect(statusOf(1)).to.equal('failed');
    });
  }
});
