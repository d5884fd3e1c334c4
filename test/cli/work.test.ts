import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { decode } from '../../src/events/decode.ts';
import { openEmbeddedLogForReading } from '../../src/events/embedded/open.ts';
import { type ImageServer, startImageServer } from '../support/image-server.ts';
import { imports } from '../support/imports.ts';
import { type Ended, kill, startImports, type TestProcess } from '../support/process.ts';
import { JWT_SECRET, startTestService } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

/** A worker takes some seconds to start on a machine with other work. */
const WITHIN_MS = 25_000;

interface Importer {
  readonly storage: { readonly reason: string } | null;
}

describe('imports work', () => {
  let images: ImageServer;
  const running: TestProcess[] = [];

  before(async () => {
    images = await startImageServer();
  });

  afterEach(() => Promise.all(running.splice(0).map((worker) => kill(worker, 'SIGKILL'))));
  after(() => images.stop());

  const envOf = (DATA_DIR: string) => ({
    ...{ NODE_ENV: 'development', JWT_SECRET, DATA_DIR, IMPORTER: 'off' },
    ...{ IMPORT_ALLOWED_HOSTS: '127.0.0.1', IMPORT_ALLOWED_PORTS: String(images.port) },
  });

  function work(folder: string, ...args: string[]): TestProcess {
    const worker = startImports(envOf(folder), ['work', ...args]);
    running.push(worker);
    return worker;
  }

  async function end(worker: TestProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    running.splice(running.indexOf(worker), 1);
    return kill(worker, signal);
  }

  const says = (worker: TestProcess, text: RegExp) =>
    until(`it says ${text}`, () => text.exec(worker.stderr()), WITHIN_MS);

  /** The types of the events of each import, in the order in which they were asked for. */
  async function stories(folder: string): Promise<string[]> {
    const log = await openEmbeddedLogForReading({ file: join(folder, 'events.db') });
    try {
      const found = new Map<string, string[]>();
      for (const event of (await log.readAll(0n, 1_000)).map(decode)) {
        if (!event.stream.startsWith('import-')) continue;
        found.set(event.stream, [...(found.get(event.stream) ?? []), event.type.slice('Import'.length)]);
      }
      return [...found.values()].map((types) => types.join(' '));
    } finally {
      await log.close();
    }
  }

  /** A folder in which so many imports were asked for while nobody performed any. */
  async function folderWith(count: number): Promise<{ path: string; remove(): void }> {
    const directory = temporaryDirectory();
    const service = await startTestService(envOf(join(directory.path, 'data')));
    for (let index = 0; index < count; index += 1) {
      await service.post(`url=${encodeURIComponent(images.url(`${count}-${index}`))}`);
    }
    await service.service.stop(1_000);
    return { path: join(directory.path, 'data'), remove: directory.remove };
  }

  it('begins no log in a wrong DATA_DIR, as only the service does', async () => {
    const directory = temporaryDirectory();
    try {
      const { code, stderr } = await work(directory.path).ended();
      expect(code).to.equal(7);
      expect(stderr).to.include(`there is no events.db in ${directory.path}`);
      expect(readdirSync(directory.path)).to.deep.equal([]);
    } finally {
      directory.remove();
    }
  });

  it('performs what is asked for, beside a service that performs nothing, until it is told to end', async () => {
    const directory = temporaryDirectory();
    const service = await startTestService(envOf(directory.path));
    const worker = work(directory.path, '--concurrency', '2');
    await says(worker, /"concurrency":2,"msg":"performing imports"/);
    await until(
      'there is a mark',
      async () => (await service.service.services.log.readStream('operations')).length > 0,
    );
    await service.post(`url=${encodeURIComponent(images.url('beside'))}`);
    await until('it is done', async () => (await stories(directory.path))[0]?.endsWith('Succeeded'), WITHIN_MS);
    const { code, stderr } = await end(worker);
    expect(code).to.equal(0);
    expect(stderr).to.match(/"msg":"stopped"/);
    await service.stop();
    directory.remove();
  });

  it('is told of by the service if it cannot keep images: nobody can ask the process itself', async () => {
    const directory = temporaryDirectory();
    const service = await startTestService(envOf(directory.path));
    const worker = work(directory.path);
    await says(worker, /performing imports/);
    await until(
      'there is a mark',
      async () => (await service.service.services.log.readStream('operations')).length > 0,
    );
    const sha256 = createHash('sha256').update(images.bytesOf('unkept')).digest('hex');
    mkdirSync(join(directory.path, 'blobs'), { recursive: true });
    writeFileSync(join(directory.path, 'blobs', sha256.slice(0, 2)), 'where a folder should be');
    await service.post(`url=${encodeURIComponent(images.url('unkept'))}`);
    const storageNow = async () => {
      const readiness = (await (await fetch(`${service.operationsUrl}/readyz`)).json()) as { importer: Importer };
      return readiness.importer.storage;
    };
    const { reason } = await until('the service says it', storageNow, WITHIN_MS);
    expect(reason).to.match(/^another node or `imports work` could not keep the images of 1 import that waits: The /);
    const measured = await (await fetch(`${service.operationsUrl}/metrics`)).text();
    expect(measured).to.match(/^imports_storage_failing 1$/m);
    await end(worker);
    await service.stop();
    directory.remove();
  });

  it('leaves alone what was asked for before, says so once, and takes it in when it is told to', async () => {
    const folder = await folderWith(3);
    const first = work(folder.path);
    await says(first, /"imports":3,"msg":"imports wait that were asked for before this installation performed any/);
    await end(first);
    const second = work(folder.path);
    await says(second, /performing imports/);
    expect((await end(second)).stderr).to.not.match(/imports wait/);
    expect(await stories(folder.path)).to.deep.equal(['Requested', 'Requested', 'Requested']);

    const { code, stderr } = await imports(envOf(folder.path), 'work', '--since', '2020-01-01', '--dry-run');
    expect({ code, stderr }).to.deep.equal({
      ...{ code: 0, stderr: '3 imports would be performed that would wait otherwise.\n' },
    });
    const later = await imports(envOf(folder.path), 'work', '--since', '2100-01-01', '--dry-run');
    expect(later.stderr).to.match(/^0 imports would/);
    expect(await stories(folder.path)).to.deep.equal(['Requested', 'Requested', 'Requested']);

    const third = work(folder.path, '--since', '2020-01-01', '--yes');
    await says(third, /3 imports will be performed\./);
    const all = 'Requested RetryRequested Started Succeeded';
    await until('all are done', async () => (await stories(folder.path)).every((story) => story === all), WITHIN_MS);
    await end(third);
    folder.remove();
  });

  it('performs in a copy of a folder nothing that waits there', async () => {
    const folder = await folderWith(2);
    const worker = work(folder.path);
    await says(worker, /performing imports/);
    await end(worker);
    const service = await startTestService(envOf(folder.path));
    await service.post(`url=${encodeURIComponent(images.url('copied'))}`);
    await service.service.stop(1_000);
    const copy = temporaryDirectory();
    cpSync(folder.path, copy.path, { recursive: true });
    const inCopy = work(copy.path);
    await says(inCopy, /"imports":3,"msg":"imports wait/);
    await end(inCopy);
    expect((await stories(copy.path)).join()).to.not.include('Started');
    // Where it was asked for, it is performed.
    const again = work(folder.path);
    await until('it is done', async () => (await stories(folder.path)).at(-1)?.endsWith('Succeeded'), WITHIN_MS);
    await end(again);
    copy.remove();
    folder.remove();
  });

  for (const args of [
    ['--dry-run'],
    ['--yes'],
    ['--concurrency', '0'],
    ['--since', 'tomorrow'],
    ['--since', '2020-01-01'],
  ]) {
    it(`refuses ${args.join(' ')}${args[1] === '2020-01-01' ? ', if there is nobody to ask' : ''}`, async () => {
      const directory = temporaryDirectory();
      expect((await imports(envOf(directory.path), 'work', ...args)).code).to.equal(2);
      directory.remove();
    });
  }
});
