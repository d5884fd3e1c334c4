import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { newEvent, USER_REGISTERED } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import { startImports } from '../support/process.ts';
import { USER } from '../support/service.ts';
import { until } from '../support/until.ts';

/** Whether there is something here to make terminals with. */
function hasTerminal(): boolean {
  return spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
}

describe('the process of npx imports', () => {
  let data: EmbeddedData;

  before(async () => {
    data = embeddedData();
    await data.append(`user-${USER}`, newEvent(USER_REGISTERED));
    const events = Array.from({ length: 2_000 }, () =>
      newEvent({ type: 'ImportPolished', data: { x: 'x'.repeat(500) } }),
    );
    await data.append(`import-${newId()}`, ...events);
  });

  after(() => data.remove());

  for (const args of [['users', 'list'], ['--help'], ['events', '--json'], ['export']]) {
    it(`ends in good order where nobody reads on, as with ${args.join(' ')} | head`, async () => {
      const running = startImports(data.env, args);
      if (args.includes('list') || args.includes('--help')) running.child.stdout?.destroy();
      else running.child.stdout?.once('data', () => running.child.stdout?.destroy());
      expect(await running.ended()).to.include({ code: 0, stderr: '' });
    });
  }

  it('ends with 130 at SIGINT, in good order', async () => {
    const { child, stdout, ended } = startImports(data.env, ['events', '--follow', '--since', '2001']);
    await until('the past is shown', () => stdout().includes('\n'));
    child.kill('SIGINT');
    expect(await ended()).to.include({ code: 130, stderr: 'Interrupted.\n' });
  });

  it('asks at a terminal, and takes Ctrl-C for an end and not for an answer', async function () {
    if (!hasTerminal()) this.skip();
    const isRemoved = async () => !/\t-\n$/.test((await imports(data.env, 'users', 'list')).stdout);
    for (const [answer, code] of [
      ['\x03', 130],
      ['y\n', 0],
    ] as const) {
      expect(await isRemoved()).to.equal(false);
      const line = `${process.execPath} --disable-warning=ExperimentalWarning src/cli/start.js users remove ${USER}`;
      const env = { PATH: process.env.PATH, ...data.env };
      const terminal = spawn('script', ['-qec', line, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
      let shown = '';
      terminal.stdout.setEncoding('utf8').on('data', (text) => {
        shown += text;
        if (/\[y\/N\] $/.test(shown)) terminal.stdin.write(answer);
      });
      expect(await once(terminal, 'close')).to.include(code);
    }
    expect(await isRemoved()).to.equal(true);
  });
});
