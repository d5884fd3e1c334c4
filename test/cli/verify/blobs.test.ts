import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readConfig } from '../../../src/settings/config.ts';
import { openBlobStore } from '../../../src/stores/open-blobs.ts';
import { type EmbeddedData, embeddedData } from '../../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { startStandIn } from '../../support/eventstore/stand-in.ts';
import { imports, runImports } from '../../support/imports.ts';
import { untilLevel } from '../../support/projected.ts';
import { ORGANIZATION } from '../../support/service.ts';
import { VIEWS_FILE } from '../../support/stores.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const idOf = (index: number) => `3d172b54-f40f-4df9-9342-0b04${String(index).padStart(8, '0')}`;
const sha256Of = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

describe('npx imports verify --all --blobs', () => {
  let data: EmbeddedData;
  let folder: string;

  beforeEach(() => {
    data = embeddedData();
    folder = data.env.DATA_DIR as string;
  });

  afterEach(() => data.remove());

  const blobOf = (content: string | Buffer) => {
    const sha256 = sha256Of(content);
    return join(folder, 'blobs', sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  };

  /** Imports of images with these contents, whose bytes are kept. */
  async function add(...contents: (string | Buffer)[]): Promise<void> {
    const streams = contents.map((content, index) => {
      const image = {
        ...{ id: idOf(index), sha256: sha256Of(content), md5: 'b'.repeat(32), bytes: content.length },
        ...{ content_type: 'image/png', format: 'png', width: 8, height: 6, filename: null },
      };
      const source = { kind: 'url', host: 'example.com', path: '/1.png' };
      const started = {
        type: 'ImportStarted',
        data: { album_id: null, attempt: 1, worker: 'w', deadline: '2026-11-24T10:00:00.000Z' },
      };
      const succeeded = { type: 'ImportSucceeded', data: { album_id: null, attempt: 1, image, source, calls: [] } };
      const events = [IMPORT_REQUESTED, started, succeeded].map((fact) => newEvent(fact));
      return [`import-${idOf(index)}`, events] as const;
    });
    await data.with(async (log, readModel) => {
      for (const [stream, events] of streams) await log.append(stream, events, 'no_stream');
      await untilLevel(log, readModel);
      const blobs = await openBlobStore(readConfig(data.env), log, () => {});
      const path = join(folder, 'draft');
      for (const content of contents) {
        writeFileSync(path, content);
        await blobs.keep({ path, sha256: sha256Of(content), bytes: content.length });
        rmSync(path);
      }
      await blobs.close();
    });
  }

  const verify = (...args: string[]) => imports(data.env, 'verify', '--all', '--blobs', ...args);

  it('finds nothing where every image has its bytes', async () => {
    await add('one', 'other', 'one');
    const { code, stdout, stderr } = await verify();
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '' });
    expect(stderr).to.match(
      /Compared all streams and views, and the bytes of 3 images \(0\.0 MB\) in \S+blobs: no difference\.\n$/,
    );
  });

  it('finds bytes that are absent, altered or cut, and ends with 3', async () => {
    await add('gone', 'true', 'long enough', 'well');
    rmSync(blobOf('gone'));
    for (const content of ['true', 'long enough']) chmodSync(blobOf(content), 0o600);
    writeFileSync(blobOf('true'), 'fake');
    writeFileSync(blobOf('long enough'), 'long');
    const { code, stdout, stderr } = await verify('--json');
    expect(code).to.equal(3);
    const findings = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(findings.map(({ stream, what }) => [stream, what])).to.deep.equal([
      [`import-${idOf(0)}`, 'absent'],
      [`import-${idOf(1)}`, 'altered'],
      [`import-${idOf(2)}`, 'altered'],
    ]);
    expect(stderr).to.match(/the bytes of 4 images .*: 3 differences\.\n$/);
    const text = await verify();
    expect(text.stdout).to.match(new RegExp(`^import-${idOf(0)}\tabsent\timage ${idOf(0)}, 4 bytes with the sha256 `));
  });

  it('repairs views beside them, and no bytes', async () => {
    await add('gone', 'well');
    rmSync(blobOf('gone'));
    data.sql(VIEWS_FILE, `DELETE FROM imports WHERE id = '${idOf(1)}'`);
    const { code, stderr } = await verify('--repair', '--yes');
    expect(code).to.equal(3);
    expect(stderr).to.match(/Repaired 1 view\.\n1 difference left\.\n$/);
  });

  it('is interrupted before it has read all images, and says that not everything was compared', async () => {
    await add(...Array.from({ length: 40 }, (_, index) => Buffer.alloc(100_000, index)));
    // The views are compared before the images are read.
    data.sql(VIEWS_FILE, `DELETE FROM imports WHERE id = '${idOf(1)}'`);
    const asking = { interruptAt: new RegExp(`import-${idOf(1)}`) };
    const { code, stderr } = await runImports(data.env, ['verify', '--all', '--blobs'], asking).ended;
    expect(code).to.equal(130);
    expect(stderr).to.contain('Not everything was compared. 1 difference so far.');
  });

  it('refuses the blobs of another log', async () => {
    await add('one');
    const owner = join(folder, 'blobs', 'owner.json');
    const { log } = JSON.parse(readFileSync(owner, 'utf8'));
    writeFileSync(owner, readFileSync(owner, 'utf8').replace(log, idOf(7)));
    const { code, stdout, stderr } = await verify();
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.contain(`the images of the log ${idOf(7)}`);
  });

  it('says where a folder is missing that was named, and takes none of its own for it', async () => {
    await add('one');
    const elsewhere = temporaryDirectory();
    const BLOBS_URL = `file://${elsewhere.path}/not-mounted`;
    const { code, stderr } = await imports({ ...data.env, BLOBS_URL }, 'verify', '--all', '--blobs');
    elsewhere.remove();
    expect(code).to.equal(7);
    expect(stderr).to.contain('not-mounted');
  });

  for (const option of ['--blobs', '--note']) {
    it(`needs --all: ${option}`, async () => {
      const { code, stderr } = await imports(data.env, 'verify', option);
      expect(code).to.equal(2);
      expect(stderr).to.contain('--blobs and --note go with --all');
    });
  }

  it('needs to know where the blobs are if the log is in EventStoreDB', async () => {
    const server = await startStandIn();
    const env = { ...data.env, EVENTSTORE_URL: server.url };
    await imports(env, 'users', 'add', '--organization', ORGANIZATION);
    const { code, stderr } = await imports(env, 'verify', '--all', '--blobs');
    await server.stop();
    expect(code).to.equal(1);
    expect(stderr).to.contain('BLOBS_URL is missing: with EVENTSTORE_URL it says where the bytes of images are');
  });
});
