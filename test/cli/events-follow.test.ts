import { copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { runImports } from '../support/imports.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

describe('npx imports events --follow, over a log that is replaced', () => {
  let data: EmbeddedData;
  let elsewhere: ReturnType<typeof temporaryDirectory>;
  let log: string;
  let backup: string;

  const append = (count: number) =>
    Promise.all(Array.from({ length: count }, () => data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED))));

  /** Follows from the beginning, and gives what is shown and said after the log was replaced. */
  async function followed(shown: number, replace: () => void) {
    const following = runImports(data.env, ['events', '--follow', '--since', '1']);
    await until('the past is shown', () => following.stdout().split('\n').length === shown + 1);
    replace();
    return { following, lines: () => following.stdout().split('\n').length - 1 };
  }

  beforeEach(async () => {
    data = embeddedData();
    elsewhere = temporaryDirectory();
    log = join(String(data.env.DATA_DIR), 'events.db');
    backup = join(elsewhere.path, 'backup.db');
    await append(1);
    copyFileSync(log, backup);
  });

  afterEach(() => {
    data.remove();
    elsewhere.remove();
  });

  for (const [how, replace, says] of [
    ['by another file', renameSync, /The log was replaced: .*older backup was restored/],
    ['by a copy over it', copyFileSync, /it ends at position 1, and this process has seen 3/],
  ] as const) {
    it(`ends if an older backup takes its place, ${how}, and says so`, async () => {
      await append(2);
      const { following, lines } = await followed(3, () => replace(backup, log));
      const { code, stderr } = await following.ended;
      expect({ code, lines: lines() }).to.deep.equal({ code: 1, lines: 3 });
      expect(stderr).to.match(says);
    });
  }

  it('goes on, and leaves nothing out, if what takes its place has the same past', async () => {
    copyFileSync(log, backup);
    const { following, lines } = await followed(1, () => renameSync(backup, log));
    await until('it says so', () => following.stderr().includes('The log is away'));
    await append(2);
    await until('what came is shown', () => lines() === 3);
    following.interrupt();
    expect((await following.ended).code).to.equal(130);
  });
});
