import { expect } from 'chai';
import { accessStream } from '../../../src/events/streams.ts';
import { FolderPlace } from '../../../src/operations/backup/folder-place.ts';
import { keysOf } from '../../../src/operations/backup/keys-of-log.ts';
import { beginBackup, readManifest } from '../../../src/operations/backup/manifest.ts';
import { newEvent } from '../../support/events.ts';
import { MemoryLog } from '../../support/memory-log.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { MANIFEST } from './backed-up.ts';

const [OLD, NEW] = ['00000000000000aa', '00000000000000bb'];

describe('the manifest of a backup', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let place: FolderPlace;

  beforeEach(() => {
    directory = temporaryDirectory();
    place = new FolderPlace(directory.path);
  });

  afterEach(() => directory.remove());

  const begin = (keys: readonly string[] | null, blobs = MANIFEST.blobs) => {
    const { key: _, ...wanted } = MANIFEST;
    return beginBackup(place, { ...wanted, blobs, keys });
  };
  const keyOf = async () => (await readManifest(place))?.key;

  it('has the newest key of the log, as soon as the log knows one', async () => {
    await begin(null);
    expect(await keyOf()).to.equal(null);
    await begin([OLD]);
    expect(await keyOf()).to.equal(OLD);
    await begin([NEW, OLD]);
    expect(await keyOf()).to.equal(NEW);
    await begin(null);
    expect(await keyOf()).to.equal(NEW);
  });

  it('refuses a log that has never had its key', async () => {
    await begin([OLD]);
    expect((await rejectionOf(begin([NEW]))).message)
      .to.contain(OLD)
      .and.contain(NEW);
    expect(await keyOf()).to.equal(OLD);
  });

  it('says where images are now', async () => {
    await begin(null);
    const blobs = { kind: 's3', address: 's3://bucket/images' } as const;
    await begin(null, blobs);
    expect((await readManifest(place))?.blobs).to.deep.equal(blobs);
  });

  it('knows keys by the stream of access, also those that were retired', async () => {
    const log = new MemoryLog();
    expect(await keysOf(log)).to.equal(null);
    const introduced = (key: string) => newEvent({ type: 'KeyIntroduced', data: { key } });
    await log.append(accessStream(log.id), [introduced(OLD), introduced(NEW)]);
    await log.append(accessStream(log.id), [newEvent({ type: 'KeyRetired', data: { key: OLD } })]);
    expect(await keysOf(log)).to.deep.equal([NEW, OLD]);
  });
});
