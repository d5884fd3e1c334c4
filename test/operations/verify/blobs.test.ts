import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { type BlobStore, StorageUnavailable } from '../../../src/importer/blobs/blob-store.ts';
import { type Looked, verifyBlobs } from '../../../src/operations/verify/blobs.ts';
import type { Finding } from '../../../src/operations/verify/finding.ts';
import { recorded } from '../../support/recorded.ts';
import { rejectionOf } from '../../support/rejection-of.ts';

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');

/** An import of an image with this content. */
function succeeded(stream: string, content: string, more: object = {}): RecordedEvent {
  const image = {
    ...{ id: '6ec0bd7f-11c0-5d3a-9d2c-0b1a3f1e2d3c', sha256: sha256Of(content), md5: 'b'.repeat(32) },
    ...{
      bytes: content.length,
      content_type: 'image/png',
      format: 'png',
      width: 8,
      height: 6,
      filename: null,
      ...more,
    },
  };
  const source = { kind: 'url', host: 'example.com', path: '/1.png' };
  const data = { album_id: null, attempt: 1, image, source, calls: [] };
  return recorded({ stream: `import-${stream}`, revision: 2, type: 'ImportSucceeded', data });
}

/** A store that has these contents under these names; a function fails. */
function storeOf(contents: { [sha256: string]: string | (() => Readable) }) {
  const reads: string[] = [];
  const blobs: Pick<BlobStore, 'read'> = {
    async read(sha256) {
      reads.push(sha256);
      const content = contents[sha256];
      if (content === undefined) return null;
      if (typeof content === 'string') return { bytes: content.length, stream: Readable.from([Buffer.from(content)]) };
      return { bytes: 4, stream: content() };
    },
  };
  return { blobs, reads };
}

async function found(
  events: readonly RecordedEvent[],
  blobs: Pick<BlobStore, 'read'>,
  { signal = new AbortController().signal, onLooked = (_: Looked) => {} } = {},
): Promise<Finding[]> {
  const pages = async function* () {
    for (let start = 0; start < events.length; start += 10) yield events.slice(start, start + 10);
  };
  return Array.fromAsync(verifyBlobs(pages(), blobs, signal, onLooked));
}

describe('the bytes of images, verified', () => {
  it('are right if each image has its bytes; equal ones are read once', async () => {
    const { blobs, reads } = storeOf({ [sha256Of('one')]: 'one', [sha256Of('other')]: 'other' });
    const looked: Looked[] = [];
    const events = [succeeded('1', 'one'), recorded(), succeeded('2', 'other'), succeeded('3', 'one')];
    expect(await found(events, blobs, { onLooked: (so) => looked.push(so) })).to.deep.equal([]);
    expect(reads).to.have.length(2);
    expect(looked.at(-1)).to.deep.equal({ images: 3, bytes: 8 });
  });

  it('are found if they are absent, of another length, or others: each image that has them', async () => {
    const { blobs } = storeOf({ [sha256Of('long')]: 'longer', [sha256Of('true')]: 'fake' });
    const findings = await found(
      [succeeded('1', 'gone'), succeeded('2', 'long'), succeeded('3', 'true'), succeeded('4', 'true')],
      blobs,
    );
    expect(findings.map(({ stream, what }) => `${stream} ${what}`)).to.deep.equal([
      'import-1 absent',
      'import-2 altered',
      'import-3 altered',
      'import-4 altered',
    ]);
    expect(findings[0]?.reason).to.match(
      /^image 6ec0bd7f-.*, 4 bytes with the sha256 [0-9a-f]{64}: there are no such bytes$/,
    );
    expect(findings[1]?.reason).to.match(/: there are 6 bytes$/);
    expect(findings[2]?.reason).to.contain(`: the 4 bytes that are there have the sha256 ${sha256Of('fake')}`);
  });

  it('are found by an image that has another length than the others of the same bytes', async () => {
    const { blobs } = storeOf({ [sha256Of('one')]: 'one' });
    const findings = await found([succeeded('1', 'one'), succeeded('2', 'one', { bytes: 4 })], blobs);
    expect(findings.map(({ stream }) => stream)).to.deep.equal(['import-2']);
  });

  it('are said to be unread if they cannot be looked at, and the others are looked at', async () => {
    const broken = () =>
      new Readable({
        read() {
          this.destroy(new Error('EIO'));
        },
      });
    const { blobs } = storeOf({ [sha256Of('mute')]: broken, [sha256Of('one')]: 'one' });
    const findings = await found([succeeded('1', 'mute'), succeeded('2', 'one'), succeeded('3', 'gone')], blobs);
    expect(findings.map(({ stream, what }) => `${stream} ${what}`)).to.deep.equal([
      'import-1 unread',
      'import-3 absent',
    ]);
    expect(findings[0]?.reason).to.match(/: they cannot be read: EIO$/);
  });

  it('are given up if the store is away', async () => {
    const blobs = { read: () => Promise.reject(new StorageUnavailable('no route')) };
    const events = Array.from({ length: 40 }, (_, index) => succeeded(String(index), `image ${index}`));
    expect(await rejectionOf(found(events, blobs))).to.be.instanceOf(StorageUnavailable);
  });

  it('are looked at until it is interrupted, in the middle of one too', async () => {
    const interrupted = new AbortController();
    const endless = () =>
      new Readable({
        read() {
          setImmediate(() => this.push(Buffer.from('x')));
          setImmediate(() => interrupted.abort());
        },
      });
    const { blobs, reads } = storeOf({ [sha256Of('mute')]: endless });
    const events = [
      succeeded('1', 'mute'),
      ...Array.from({ length: 40 }, (_, index) => succeeded(`${index}`, `${index}`)),
    ];
    expect(await found(events, blobs, { signal: interrupted.signal })).to.deep.equal([]);
    expect(reads.length).to.be.lessThan(40);
  });

  it('are passed over where an event cannot be read: that is said elsewhere', async () => {
    const { blobs } = storeOf({});
    expect(await found([recorded({ type: 'ImportSucceeded', data: {} })], blobs)).to.deep.equal([]);
  });
});
