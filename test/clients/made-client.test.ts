import { execFile } from 'node:child_process';
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { folderOf, missingPython, pythonTools, typescriptTools } from '../support/client-tools.ts';
import { describeWithServer } from '../support/describe-with-server.ts';
import { ORGANIZATION, startTestService, type TestService } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

/** The output of a client of either kind. */
interface Seen {
  readonly created: { readonly id: string; readonly created_at: string }[];
  readonly shown: object;
  readonly pages: string[][];
  readonly changed: string[];
  readonly recorded: string;
  readonly cancelled: string[];
  readonly problem: object;
}

/** @param ask makes the client in a folder, from the description in `openapi.json` there, and runs it with these arguments */
function describeClient(ask: (folder: string, args: string[]) => Promise<string>): void {
  const directory = temporaryDirectory();
  const album = 'an album with "<é>" in its name';
  let service: TestService;
  let seen: Seen;

  before(async function () {
    this.timeout(120_000);
    service = await startTestService();
    const description = await fetch(`${service.url}/openapi.json`);
    writeFileSync(join(directory.path, 'openapi.json'), await description.text());
    seen = JSON.parse(await ask(directory.path, [service.url, service.token(), album])) as Seen;
  });

  after(async () => {
    await service.stop();
    directory.remove();
  });

  it('requests imports with nested parameters, and reads what was recorded', () => {
    const metadatas = { nested: { list: [1, 2.5, true, { deeper: '<é>' }], empty: {} } };
    for (const [index, import_] of seen.created.entries()) {
      const filename = `${index + 1}.jpg`;
      expect(import_).to.deep.include({ organization_id: ORGANIZATION, image_id: null, import_type: null });
      expect(import_).to.deep.include({
        album_id: album,
        params: { album_id: album, filename, metadatas, controller: 'api/v1/imports', action: 'create' },
      });
      expect(new Date(import_.created_at).getTime()).to.be.closeTo(Date.now(), 120_000);
    }
    expect(seen.created).to.have.length(3);
  });

  it('shows an import', () => {
    expect(seen.shown).to.deep.equal(seen.created[0]);
  });

  it('lists imports page by page, as the Link header says', () => {
    expect(seen.pages).to.deep.equal([['3.jpg', '2.jpg'], ['1.jpg']]);
  });

  it('reads the events of an import', () => {
    expect(seen.changed).to.include.members(['id', 'image_id', 'params']);
    expect(seen.recorded).to.equal(album);
  });

  it('cancels an import, and reads where it stands', () => {
    expect(seen.cancelled).to.deep.equal(['cancelled', 'cancelled']);
  });

  it('reads a problem', () => {
    expect(seen.problem).to.deep.equal({
      type: 'urn:import-api:problem:malformed-request',
      status: 400,
      detail: 'limit takes a whole number from 1 to 500.',
    });
  });
}

describe('a client that openapi-typescript makes, for openapi-fetch', () => {
  describeClient(async (folder, args) => {
    const tools = join(await typescriptTools(), 'node_modules');
    symlinkSync(tools, join(folder, 'node_modules'));
    for (const file of ['client.ts', 'tsconfig.json'])
      copyFileSync(join(folderOf('typescript'), file), join(folder, file));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const maker = join(tools, 'openapi-typescript/bin/cli.js');
    await run(process.execPath, [maker, 'openapi.json', '--output', 'schema.d.ts'], { cwd: folder });
    // Our own compiler, not that of the generator.
    await run(process.execPath, [TSC, '--project', folder]).catch(({ stdout }) => expect.fail(stdout));
    const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', 'client.ts', ...args], {
      cwd: folder,
    });
    return stdout;
  });
});

describeWithServer(
  missingPython(),
  'a client that openapi-python-client makes',
  () => {
    describeClient(async (folder, args) => {
      const python = await pythonTools();
      // Without formatting, since nobody reads it.
      writeFileSync(join(folder, 'config.yml'), 'post_hooks: []\n');
      const { stdout: warnings } = await run(
        python,
        [
          ...['-m', 'openapi_python_client', 'generate', '--path', 'openapi.json', '--config', 'config.yml'],
          ...['--meta', 'none', '--output-path', 'imports_client', '--fail-on-warning'],
        ],
        { cwd: folder },
      );
      expect(warnings).to.not.match(/warning/i);
      copyFileSync(join(folderOf('python'), 'client.py'), join(folder, 'client.py'));
      const { stdout } = await run(python, ['client.py', ...args], { cwd: folder });
      return stdout;
    });
  },
  () => pythonTools(),
);
