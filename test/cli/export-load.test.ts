import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { NewEvent } from '../../src/events/event-log.ts';
import { newId } from '../../src/events/new-id.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { imports, runImports } from '../support/imports.ts';
import { startImports } from '../support/process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

/** JSON that a parse and a stringify would change. */
const ODD = String.raw`{"b":12345678901234567890,"2":1.50,"1":1E400,"__proto__":{"a":-0},"\u0061":"\u00e9\/\ud800\\\"}"}`;

describe('npx imports export and load', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let a: EmbeddedData;
  let b: EmbeddedData;
  const at = (name: string) => join(directory.path, name);
  const linesOf = (file: string) => readFileSync(at(file), 'utf8').split('\n').slice(0, -1);
  const withoutPosition = (line: string) => line.replace(/^\{"position":"\d+",/, '');

  beforeEach(() => {
    directory = temporaryDirectory();
    [a, b] = [embeddedData(), embeddedData()];
  });

  afterEach(() => {
    for (const each of [directory, a, b]) each.remove();
  });

  /** A log with so many imports of odd data, of a type that this version does not know. */
  function fill(data: EmbeddedData, count: number): Promise<void> {
    return data.with(async (log) => {
      const odd = (): NewEvent => ({ id: randomUUID(), type: 'ImportPolished', data: ODD, metadata: ODD });
      await Promise.all(
        Array.from({ length: count }, () => log.append(`import-${newId()}`, [odd(), odd()], 'no_stream')),
      );
    });
  }

  const headOf = (data: EmbeddedData) => data.with((log) => log.head());

  it('move a log to the byte, and back', async () => {
    await fill(a, 100);
    expect(await imports(a.env, 'export', '--output', at('a.ndjson'))).to.deep.equal({
      code: 0,
      stdout: '',
      stderr: 'Exported 200 events, up to position 200.\n',
    });
    expect(JSON.parse(linesOf('a.ndjson')[0] ?? '')).to.include({ data: ODD, metadata: ODD });
    // Something else is there first, so that positions differ.
    await fill(b, 1);
    const loaded = await imports(b.env, 'load', '--into-live', '--reason', 'a move', at('a.ndjson'));
    expect(loaded).to.include({ code: 0, stdout: '' });
    expect(loaded.stderr).to.match(/^Appended 200 events; 0 were there already\.\nThe views follow/);
    const back = await imports(b.env, 'export', '--after', '2');
    expect(back.stdout.split('\n').slice(0, -1).map(withoutPosition)).to.deep.equal(
      linesOf('a.ndjson').map(withoutPosition),
    );
    writeFileSync(at('b.ndjson'), back.stdout);
    const again = await imports(a.env, 'load', at('b.ndjson'));
    expect(again.stderr).to.match(/^Appended 0 events; 200 were there already\./);
    // It keeps that it was exported.
    expect(await headOf(a)).to.equal(201n);
  });

  describe('export', () => {
    it('goes on in its file, after a line that a crash cut off too', async () => {
      await fill(a, 20);
      await imports(a.env, 'export', '--output', at('whole'));
      const whole = readFileSync(at('whole'), 'utf8');
      expect(statSync(at('whole')).mode & 0o777).to.equal(0o600);
      const [first = ''] = linesOf('whole');
      for (const [length, says] of [
        [first.length + 1, /up to position 1; going on after it\.\nExported 39 events, up to position 40\./],
        [first.length + 30, /was cut off; it was dropped\.\n.* position 1; going on after it/],
        [first.length + 2, /was cut off; it was dropped\.\n.* position 1; going on after it/],
        [first.length - 5, /was cut off; it was dropped\.\nExported 40 events/],
        [whole.length, /position 40; going on after it\.\nExported 0 events, up to position 40\./],
        [0, /^Exported 40 events/],
      ] as const) {
        writeFileSync(at('part'), whole.slice(0, length));
        const ended = await imports(a.env, 'export', '--output', at('part'));
        expect(ended).to.include({ code: 0, stdout: '' });
        expect(ended.stderr).to.match(says);
        expect(readFileSync(at('part'), 'utf8')).to.equal(whole);
      }
    });

    it('leaves a file alone that is no export of this log', async () => {
      await fill(a, 1);
      await fill(b, 1);
      await imports(b.env, 'export', '--output', at('other'));
      writeFileSync(at('notes'), 'Buy milk.');
      writeFileSync(at('list'), 'milk\nbread\n');
      for (const [file, says] of [
        ['other', /exported from another log/],
        ['notes', /not the beginning of an event/],
        ['list', /its last line is not an event/],
      ] as const) {
        const before = readFileSync(at(file), 'utf8');
        const ended = await imports(a.env, 'export', '--output', at(file));
        expect(ended.code).to.equal(1);
        expect(ended.stderr).to.match(says);
        expect(readFileSync(at(file), 'utf8')).to.equal(before);
      }
    });

    it('leaves no gap in its file', async () => {
      await fill(a, 5);
      await imports(a.env, 'export', '--output', at('file'));
      truncateSync(at('file'), (linesOf('file')[0]?.length ?? 0) + 1);
      const ended = await imports(a.env, 'export', '--after', '5', '--output', at('file'));
      expect(ended.code).to.equal(1);
      expect(ended.stderr).to.match(/ends with position 1: going on after 5 would leave events out/);
    });

    it('says where it was interrupted, with 130, and can go on from there', async () => {
      await fill(a, 2000);
      const exporting = runImports(a.env, ['export'], { interruptAt: /\n/ });
      exporting.stdin.end();
      const { code, stdout, stderr } = await exporting.ended;
      expect(code).to.equal(130);
      const position = /^Interrupted after \d+ events, up to position (\d+)\. To go on: add --after \1\.\n$/.exec(
        stderr,
      )?.[1];
      expect(stdout.match(/\n/g)).to.have.length(Number(position));
      const rest = await imports(a.env, 'export', '--after', position ?? '');
      expect(stdout + rest.stdout).to.equal((await imports(a.env, 'export')).stdout);
    });
  });

  describe('load', () => {
    it('goes on where it was killed', async () => {
      await fill(a, 1000);
      await imports(a.env, 'export', '--output', at('a.ndjson'));
      // It gets half of the file, and waits for the rest.
      execFileSync('mkfifo', [at('half')]);
      const { child, ended } = startImports(b.env, ['load', at('half')]);
      const half = createWriteStream(at('half')).on('error', () => {});
      for (const line of linesOf('a.ndjson').slice(0, 1_000)) half.write(`${line}\n`);
      await until(
        'a part is loaded',
        () =>
          (statSync(join(b.env.DATA_DIR as string, 'events.db-wal'), { throwIfNoEntry: false })?.size ?? 0) > 100_000,
      );
      child.kill('SIGKILL');
      await ended();
      half.destroy();
      const head = await headOf(b);
      // The first one says that a load began.
      expect(head > 1n && head <= 1001n, `it was killed at ${head}`).to.equal(true);
      const { stderr } = await imports(b.env, 'load', at('a.ndjson'));
      expect(stderr).to.match(new RegExp(`^Appended ${2001n - head} events; ${head - 1n} were there already`));
      const lines = (await imports(b.env, 'export')).stdout.split('\n').slice(0, -1);
      expect(lines.map(withoutPosition)).to.deep.equal(linesOf('a.ndjson').map(withoutPosition));
    });

    it('stops with 130 when it is interrupted, also while it waits for input', async () => {
      await fill(a, 1);
      const { stdout } = await imports(a.env, 'export');
      const loading = runImports(b.env, ['load']);
      loading.stdin.write(stdout);
      await until('the lines are loaded', async () => (await headOf(b)) === 3n);
      loading.interrupt();
      const { code, stderr } = await loading.ended;
      expect(code).to.equal(130);
      expect(stderr).to.equal('Interrupted. Appended 2 events; 0 were there already. To go on: load it again.\n');
    });

    it('appends nothing on a dry run', async () => {
      await fill(a, 2);
      await imports(a.env, 'export', '--output', at('a.ndjson'));
      const dry = await imports(b.env, 'load', '--dry-run', at('a.ndjson'));
      expect(dry).to.deep.equal({
        code: 0,
        stdout: '',
        stderr: 'Would append 4 events; 0 were there already.\n',
      });
      expect(await headOf(b)).to.equal(0n);
      const json = await imports(b.env, 'load', '--dry-run', '--json', at('a.ndjson'));
      expect(json).to.include({ code: 0, stdout: '{"appended":4,"there":0,"dry_run":true}\n' });
    });
  });
});
