import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { imports } from '../support/imports.ts';
import { environment, kill, listening, startProcess, type TestProcess } from '../support/process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const shell = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the first start in development', () => {
  const directory = temporaryDirectory();
  const env = { DATA_DIR: join(directory.path, 'data'), PORT: '0', IMPORTER: 'on' };
  let service: TestProcess;

  before(async () => {
    service = startProcess(env);
    await listening(service);
  });

  after(async () => {
    await kill(service, 'SIGKILL');
    directory.remove();
  });

  const curlLine = () => until('it prints a curl line', () => /^curl .*$/m.exec(service.stdout())?.[0]);

  it('prints a curl line that can be pasted as it is and answers like the document', async () => {
    const { stdout } = await shell('bash', ['-c', `${await curlLine()} -s`]);
    expect(stdout).to.match(/^HTTP\/1\.1 200 OK\r\n/);
    const body = stdout.slice(stdout.indexOf('\r\n\r\n') + 4);
    expect(body.length).to.equal(509);
    expect(body).to.match(
      /^\{"id":"[0-9a-f-]{36}","organization_id":"2cb9eb0f-038c-4fa9-a4e8-aba57b177a83","image_id":null,/,
    );
  });

  it('imports an image, by lines of the README', async () => {
    const image = join(directory.path, 'image.png');
    const ask = `curl -s "${await listening(service)}/api/v1/imports/$IMPORT/status" -H "Authorization: Token $TOKEN"`;
    const told = await pasted(/^TOKEN=.*\nIMPORT=(?:.*\n)+?(?=```)/m, (lines) =>
      lines
        .replace('sleep 1', `until ${ask} | grep -q '"ended_at":"'; do sleep 0.1; done`)
        .replace('image.png "', `'${image}' "`),
    );
    expect(told).to.match(/^\{"status":"succeeded","attempts":1,.*"image_id":"[0-9a-f-]{36}"/);
    const served = await fetch(new URL('/development/image.png', await listening(service)));
    expect(readFileSync(image).equals(Buffer.from(await served.arrayBuffer()))).to.equal(true);
  });

  it('says where an image is to try imports with', async () => {
    const url = await listening(service);
    await until('it says so', () => service.stdout().includes(` url=${url}/development/image.png\n`));
  });

  it('shows events as they arrive, by three lines of the README', async () => {
    const succeeded = 'event: import-api.import.succeeded';
    const end = `\nuntil [ "$(grep -c '^${succeeded}' "$OUTPUT")" = 3 ]; do sleep 0.1; done; kill %1`;
    const told = await pasted(/^TOKEN=.*\n.*\n.*\n(?=```)/m, (lines) => lines + end);
    const requested = told.matchAll(/^data: .*"type":"import-api\.import\.requested".*"filename":"([^"]*)"/gm);
    const files = Array.from(requested, ([, file]) => file);
    expect(files).to.deep.equal(['Image1.png', 'Image2.png', 'Image3.png']);
  });

  /** What lines of the README print. */
  async function pasted(lines: RegExp, changed: (script: string) => string): Promise<string> {
    const url = await listening(service);
    const [script = ''] = lines.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
    const run = `npx() { shift; '${process.execPath}' --disable-warning=ExperimentalWarning src/cli/start.js "$@"; }`;
    const OUTPUT = join(directory.path, 'output');
    const whole = `${run}\nexec > "$OUTPUT"\n${changed(script.replaceAll('http://127.0.0.1:3000', url))}`;
    await shell('bash', ['-c', whole], { cwd: ROOT, env: environment({ ...env, OUTPUT }), timeout: 25_000 });
    return readFileSync(OUTPUT, 'utf8');
  }

  it('makes a secret of its own that only its owner can read', () => {
    const file = join(env.DATA_DIR, 'jwt_secret');
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(readFileSync(file, 'utf8').trim().length).to.be.at.least(32);
  });

  it('keeps that secret, and does not register again a user who was removed', async () => {
    const line = await curlLine();
    const token = (await imports(env, 'token', '--user', 'f1900bba-e339-4dc9-87df-9dc8665adead')).stdout.trim();
    await kill(service, 'SIGTERM');
    service = startProcess(env);
    const url = await listening(service);
    const ask = () => fetch(`${url}/api/v1/imports`, { headers: { Authorization: `Token ${token}` } });
    await until('the views are there', async () => (await ask()).status === 200);
    expect((await imports(env, 'users', 'remove', '--yes', 'f1900bba-e339-4dc9-87df-9dc8665adead')).code).to.equal(0);
    await kill(service, 'SIGTERM');
    service = startProcess(env);
    await listening(service);
    expect(await curlLine()).to.not.equal(line);
    const { stdout } = await shell('bash', ['-c', `${await curlLine()} -s`]);
    expect(stdout).to.match(/^HTTP\/1\.1 401 /);
  });
});
