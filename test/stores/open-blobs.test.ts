import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { OtherBlobs, StorageUnavailable } from '../../src/importer/blobs/blob-store.ts';
import { readConfig } from '../../src/settings/config.ts';
import { openBlobStore, openBlobStoreForReading } from '../../src/stores/open-blobs.ts';
import { drafted } from '../importer/blobs/drafted.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the store of blobs of a configuration', () => {
  const log = { id: '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90' };
  let directory: ReturnType<typeof temporaryDirectory>;

  beforeEach(() => {
    directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'events.db'), '', { mode: 0o600 });
  });

  afterEach(() => directory.remove());

  it('is the folder blobs in the data directory, which only its owner may use, and which a reader does not make', async () => {
    const config = readConfig({ DATA_DIR: directory.path });
    const reading = await openBlobStoreForReading(config, log);
    expect(await Array.fromAsync(reading.list())).to.deep.equal([]);
    expect(readdirSync(directory.path)).to.deep.equal(['events.db']);
    const store = await openBlobStore(config, log, () => {});
    const draft = drafted(directory.path, 'some bytes');
    await store.keep(draft);
    expect(await reading.stat(draft.sha256)).to.include({ bytes: 10 });
    expect(store.address).to.equal(join(directory.path, 'blobs'));
    expect(statSync(store.address).mode & 0o777).to.equal(0o700);
    expect(store.maySweep).to.equal(true);
  });

  it('is the folder of BLOBS_URL, which is not made: it may be one that is not mounted', async () => {
    const folder = join(directory.path, 'shared');
    const config = readConfig({ DATA_DIR: directory.path, BLOBS_URL: pathToFileURL(folder).href });
    const refusal = await rejectionOf(openBlobStore(config, log, () => {}));
    expect(refusal).to.be.instanceOf(StorageUnavailable);
    expect(refusal.message).to.include(`${folder} cannot be opened: it is missing: make it, or mount it`);
    mkdirSync(folder);
    const store = await openBlobStore(config, log, () => {});
    expect(store.address).to.equal(folder);
    const other = { id: '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e91' };
    expect(await rejectionOf(openBlobStore(config, other, () => {}))).to.be.instanceOf(OtherBlobs);
  });
});

describe('the store of blobs of a configuration, in a bucket', () => {
  const AWAY = {
    ...{ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1', AWS_REGION: 'us-east-1' },
    ...{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_MAX_ATTEMPTS: '1' },
  };
  const directory = temporaryDirectory();
  const before = { ...process.env };

  after(() => {
    process.env = before;
    directory.remove();
  });

  it('has a data directory for the files of imports under way, though no store is in it', async () => {
    Object.assign(process.env, AWAY);
    const dataDir = join(directory.path, 'data');
    const config = readConfig({ EVENTSTORE_URL: 'esdb://127.0.0.1:1', DATA_DIR: dataDir, BLOBS_URL: 's3://a-bucket' });
    await rejectionOf(openBlobStore(config, { id: '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90' }, () => {}));
    expect(statSync(dataDir).isDirectory()).to.equal(true);
  });
});
