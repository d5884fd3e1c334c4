import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { newEvent, USER_REGISTERED } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import { ORGANIZATION, USER } from '../support/service.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('npx imports', () => {
  let data: EmbeddedData;

  before(async () => {
    data = embeddedData();
    await data.append(`user-${USER}`, newEvent(USER_REGISTERED));
  });

  after(() => data.remove());

  it('tells those who ask that there is no log where DATA_DIR is wrong, and makes none', async () => {
    const nowhere = join(String(data.env.DATA_DIR), 'nowhere');
    const wrong = { ...data.env, DATA_DIR: nowhere };
    const asking = ['audit --request none', 'events', 'export', 'verify', 'quarantine list', 'users list', 'status'];
    for (const typed of [...asking, 'replay --dry-run']) {
      const { code, stdout, stderr } = await imports(wrong, ...typed.split(' '));
      expect(stdout + stderr, typed).to.include(`there is no events.db in ${nowhere}`);
      expect(code, typed).to.equal(7);
    }
    const checked = await imports(wrong, 'check', '--no-service');
    expect(checked.code).to.equal(2);
    expect(checked.stdout).to.match(/^CRITICAL - The event log is unavailable: there is no events\.db in /);
    expect(existsSync(nowhere)).to.equal(false);
  });

  for (const [what, args, code, says] of [
    ['help that was asked for', ['--help'], 0, /^$/],
    ['help that was asked for by name', ['help', 'users'], 0, /^$/],
    ['help about a command with codes of its own', ['check', '--help'], 0, /^$/],
    ['no command', [], 2, /Usage/],
    ['an unknown command', ['frobnicate'], 2, /unknown command/],
    ['an unknown option', ['users', 'list', '--frobnicate'], 2, /unknown option/],
    ['a missing option', ['users', 'add'], 2, /--organization/],
    ['an id that is no UUID', ['token', '--user', 'root'], 2, /must be a UUID/],
    ['an unknown role', ['users', 'add', '--organization', ORGANIZATION, '--role', 'king'], 2, /Allowed choices/],
    ['a missing argument', ['show'], 2, /missing required argument/],
    ['an argument too many', ['users', 'list', 'all'], 2, /too many arguments/],
    ['a shell that it knows nothing of', ['completion', 'fish'], 2, /Allowed choices are bash, zsh/],
    ['a removal that nobody can be asked about', ['users', 'remove', USER], 2, /add --yes/],
    ['a revocation that nobody can be asked about', ['secrets', 'revoke', USER], 2, /add --yes/],
    ['no id to remove', ['users', 'remove'], 2, /an id is missing/],
    ['a time to live that is none', ['token', '--user', USER, '--expires-in', '0'], 2, /whole number of seconds/],
    ['a time to live of no length', ['token', '--user', USER, '--expires-in', '0m'], 2, /at least 1, or such as 90m/],
    ['a time to live of some months', ['token', '--user', USER, '--expires-in', '5w'], 2, /31 days/],
    ['a user who was never registered', ['users', 'remove', '--yes', NOBODY], 4, /No such user/],
    ['a secret that was never issued', ['secrets', 'revoke', '--yes', NOBODY], 4, /No such secret/],
    ['a position that is none', ['export', '--after', 'x'], 2, /must be a position of the log/],
    ['a file that is not there', ['load', '/nowhere/events.ndjson'], 1, /^ENOENT: no such file/],
    ['a file that cannot be made', ['export', '--output', '/nowhere/events.ndjson'], 1, /^ENOENT: no such file/],
    ['two files', ['load', 'a', 'b'], 2, /too many arguments/],
  ] as const) {
    it(`ends with ${code} for ${what}, and says why`, async () => {
      const ended = await imports(data.env, ...args);
      expect(ended.code).to.equal(code);
      expect(ended.stderr).to.match(says);
      expect(ended.stderr).to.not.match(/^ {4}at /m);
    });
  }

  for (const typed of ['secrets list', 'connections list', 'webhooks list', 'quarantine list']) {
    it(`says at ${typed} that there is nothing, and prints nothing into a pipe`, async () => {
      for (const args of [[], ['--json']]) {
        expect(await imports(data.env, ...typed.split(' '), ...args)).to.deep.equal({
          ...{ code: 0, stdout: '', stderr: 'The list is empty.\n' },
        });
      }
    });
  }

  it('says nothing besides a list that is not empty', async () => {
    const listed = await imports(data.env, 'users', 'list');
    expect(listed.stdout).to.contain(USER);
    expect(listed.stderr).to.equal('');
  });

  it('ends with 1 and one message when the configuration is wrong', async () => {
    const ended = await imports({ ...data.env, PORT: 'none' }, 'users', 'list');
    expect(ended).to.include({ code: 1, stdout: '' });
    expect(ended.stderr).to.match(/^The configuration is wrong:\n {2}PORT /);
  });

  it('tells its version, and prints a completion script, whatever the configuration', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const wrong = { PORT: 'none' };
    expect(await imports(wrong, '--version')).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: '' });
    const script = await imports(wrong, 'completion', 'bash');
    expect(script).to.include({ code: 0, stderr: '' });
    expect(script.stdout).to.match(/\ncomplete .* imports\n/);
  });
});
