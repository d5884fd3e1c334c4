import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { EventLog } from '../../src/events/event-log.ts';
import { newId } from '../../src/events/new-id.ts';
import { FolderPlace } from '../../src/operations/backup/folder-place.ts';
import { eventsOfBackup, openBackup } from '../../src/operations/backup/read-backup.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import { kill, startImports, type TestProcess } from '../support/process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const STARTS_WITHIN_MS = 25_000;

describe('a backup that goes on while events are appended all the time', () => {
  let data: EmbeddedData;
  let directory: ReturnType<typeof temporaryDirectory>;
  let folder: string;
  let backup: TestProcess;

  beforeEach(() => {
    [data, directory] = [embeddedData(), temporaryDirectory()];
    folder = join(directory.path, 'backup');
  });

  afterEach(async () => {
    await kill(backup, 'SIGKILL');
    data.remove();
    directory.remove();
  });

  const start = () => {
    backup = startImports(data.env, ['backup', folder, '--every', '100ms']);
  };
  const acknowledged = (): bigint => {
    try {
      return BigInt(JSON.parse(readFileSync(join(folder, 'progress.json'), 'utf8')).up_to);
    } catch {
      return 0n;
    }
  };
  const eventsIn = async () =>
    (await Array.fromAsync(eventsOfBackup(await openBackup(new FolderPlace(folder))))).flat();

  /** Does something while events are appended. */
  async function underLoad(log: EventLog, work: () => Promise<void>): Promise<void> {
    const ending = new AbortController();
    const appending = (async () => {
      while (!ending.signal.aborted) {
        const append = () => log.append(`import-${newId()}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
        await Promise.all(Array.from({ length: 20 }, append));
        // The backup needs the processor too.
        await sleep(10);
      }
    })();
    try {
      await work();
    } finally {
      ending.abort();
      await appending;
    }
  }

  it('loses nothing that it acknowledged when it is killed, and is gone on with to the last event', async () => {
    await data.with(async (log) => {
      await underLoad(log, async () => {
        let before = 0n;
        for (let kills = 0; kills < 2; kills += 1) {
          start();
          await until('it is far', () => acknowledged() > before + 500n, STARTS_WITHIN_MS);
          await kill(backup, 'SIGKILL');
          before = acknowledged();
          const events = await eventsIn();
          expect(events.at(-1)?.position).to.equal(before);
          expect(events).to.have.length(Number(before));
        }
        start();
        await until('it goes on', () => acknowledged() > before, STARTS_WITHIN_MS);
      });
      const head = await log.head();
      expect((await kill(backup, 'SIGTERM')).code).to.equal(0);
      expect(backup.stderr()).not.to.contain('not recorded');
      const events = await eventsIn();
      expect(Number(events.at(-1)?.position)).to.be.at.least(Number(head));
      expect(await log.readAll(0n, events.length)).to.deep.equal(events);
    });
    expect(await imports(data.env, 'backup', folder)).to.include({ code: 0 });
  }).timeout(120_000);

  it('acknowledges nothing while its disk takes no more, says so, and goes on when there is room', async () => {
    const limit = (bytes: string) => execFileSync('prlimit', ['--pid', String(backup.child.pid), `--fsize=${bytes}`]);
    await data.with(async (log) => {
      start();
      await until('it has its beginning', () => acknowledged() === 1n, STARTS_WITHIN_MS);
      limit('4096:unlimited');
      const append = () => log.append(`import-${newId()}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
      for (let appended = 0; appended < 20; appended += 1) await append();
      await until('it says so', () => /^The backup waits, and tries again: .+$/m.test(backup.stderr()));
      const before = acknowledged();
      expect(Number(before)).to.be.lessThan(21);
      expect((await eventsIn()).at(-1)?.position).to.equal(before);
      limit('unlimited:unlimited');
      await until('it goes on', () => acknowledged() === 21n, STARTS_WITHIN_MS);
      await until('it says that', () => /^The backup goes on\.$/m.test(backup.stderr()));
    });
  }).timeout(60_000);
});
