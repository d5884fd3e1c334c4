import { expect } from 'chai';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent, USER_REGISTERED } from '../support/events.ts';
import { imports, runImports } from '../support/imports.ts';
import { USER } from '../support/service.ts';
import { VIEWS_FILE } from '../support/stores.ts';

const HOSTILE = 'a\x1b]0;owned\x07\x1b[2J\x9b31m\u202eb\nc\u2028';
/** What an event's metadata may hold of it, and be read. */
const WHO = {
  request_id: HOSTILE,
  $correlationId: HOSTILE,
  $causationId: HOSTILE,
  operator: HOSTILE,
  user_id: undefined,
};
/** What must not reach a terminal. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const IMPORT = '3d172b54-f40f-4df9-9342-0b042fac5382';

describe('npx imports, of text that would drive a terminal', () => {
  let data: EmbeddedData;

  before(async () => {
    data = embeddedData();
    const params = { ...IMPORT_REQUESTED.data.params, [HOSTILE]: HOSTILE };
    const requested = { ...IMPORT_REQUESTED, data: { ...IMPORT_REQUESTED.data, album_id: HOSTILE, params } };
    await data.append(`import-${IMPORT}`, newEvent(requested, WHO));
    await data.append(
      `import-${HOSTILE}`,
      newEvent({ type: HOSTILE, data: { [HOSTILE]: HOSTILE } }, { ...WHO, user_id: HOSTILE }),
    );
    await data.append(`user-${USER}`, newEvent(USER_REGISTERED));
    await data.project();
    data.sql(VIEWS_FILE, `UPDATE imports SET album_id = 'odd'`, `UPDATE users SET organization_id = '${HOSTILE}'`);
  });

  after(() => data.remove());

  it('keeps it to the byte in an export, but at a terminal, where it means the same', async () => {
    const { stdout } = await imports(data.env, 'export');
    const shown = (await runImports(data.env, ['export'], { isAtTerminal: true }).ended).stdout;
    expect(stdout).to.contain('\x9b31m');
    expect(shown.replaceAll('\n', '')).to.not.match(DANGEROUS);
    const parsed = (text: string) => linesOf(text).map((line) => JSON.parse(line));
    expect(parsed(shown)).to.deep.equal(parsed(stdout));
  });

  for (const args of [
    ['users', 'list'],
    ['users', 'list', '--json'],
    ['users', 'remove', '--yes', HOSTILE],
    ['audit', IMPORT],
    ['audit', '--correlation', HOSTILE],
    ['audit', IMPORT, '--json'],
    ['show', IMPORT],
    ['show', IMPORT, '--json'],
    ['show', IMPORT, '--diff', '@0'],
    ['events'],
    ['events', '--json'],
    ['verify', '--all'],
    ['quarantine', 'retry', HOSTILE],
    ['quarantine', 'retry', '--all', '--reason', HOSTILE],
    ['replay', '--only', IMPORT, '--dry-run'],
    ['load', `/nowhere/${HOSTILE}`],
    ['export', '--output', `/nowhere/${HOSTILE}`],
    ['status', '--url', `http://127.0.0.1:1/${HOSTILE}`],
    ['check', '--url', HOSTILE],
    [HOSTILE],
    ['users', HOSTILE],
  ]) {
    it(`shows it inert: ${args.map((arg) => (arg.includes(HOSTILE) ? '…' : arg)).join(' ')}`, async () => {
      const { stdout, stderr } = await imports(data.env, ...args);
      expect(stdout + stderr).to.not.equal('');
      expect(stdout.replaceAll(/[\n\t]/g, '')).to.not.match(DANGEROUS);
      expect(stderr.replaceAll('\n', '')).to.not.match(DANGEROUS);
      if (args.includes('--json')) linesOf(stdout).map((line) => JSON.parse(line));
    });
  }

  it('shows a line that cannot be loaded inert', async () => {
    const { stdin, ended } = runImports(data.env, ['load', '--dry-run']);
    stdin.end(`${HOSTILE.replace('\n', '')}\n`);
    expect((await ended).stderr)
      .to.match(/^Line 1: it is not JSON/)
      .and.to.not.match(/[^\n\P{Cc}]/u);
  });
});

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}
