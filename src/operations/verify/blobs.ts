import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import pLimit from 'p-limit';
import { reasonOf } from '../../errors/reason-of.ts';
import { decodeOrReason } from '../../events/decode.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import type { Image } from '../../events/import-events.ts';
import { type BlobStore, StorageUnavailable } from '../../importer/blobs/blob-store.ts';
import type { Finding } from './finding.ts';

/** So many images are read at once. */
const READS_AT_ONCE = 4;

/** So many blobs are remembered, so that bytes that many images share are read once: some 30 MB. Then all are forgotten. */
const REMEMBERED = 100_000;

/** So many in a row that cannot be looked at mean that the store is away. */
const AWAY_AFTER = 20;

/** A read that gives nothing for so long is given up. */
const SILENT_FOR_MS = 30_000;

/** What is wrong with the bytes of an image. */
type Problem = Pick<Finding, 'what' | 'reason'>;

/** How far it is. */
export interface Looked {
  /** Images, and the bytes that were read for them. */
  readonly images: number;
  readonly bytes: number;
}

/**
 * Looks for the bytes of each image that the log names, and whether they have its length and its sha256. All bytes are read, as a stream.
 * @param pages the log
 * @param onLooked is called after each image
 * @throws {LogUnavailable}
 * @throws {StorageUnavailable} the store is away
 */
export async function* verifyBlobs(
  pages: AsyncIterable<readonly RecordedEvent[]>,
  blobs: Pick<BlobStore, 'read'>,
  signal: AbortSignal,
  onLooked: (looked: Looked) => void = () => {},
): AsyncGenerator<Finding> {
  const known = new Map<string, Promise<Problem | null>>();
  let [images, bytes, inARow] = [0, 0, 0];
  const look = async (image: Image): Promise<Problem | null> => {
    try {
      const problem = await problemOf(image, blobs, signal, (count) => {
        bytes += count;
      });
      inARow = 0;
      return problem;
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      inARow += 1;
      if (inARow >= AWAY_AFTER) throw error;
      return { what: 'unread', reason: error.message };
    }
  };
  const inTurn = pLimit(READS_AT_ONCE);
  for await (const page of pages) {
    const found = await inTurn.map(page.flatMap(imageIn), async ({ stream, image }) => {
      if (signal.aborted) return [];
      // Two images of the same bytes may disagree about their length.
      const key = `${image.sha256} ${image.bytes}`;
      const looking = known.get(key) ?? look(image);
      if (known.size >= REMEMBERED) known.clear();
      known.set(key, looking);
      const problem = await looking;
      images += 1;
      onLooked({ images, bytes });
      return problem === null ? [] : [{ stream, ...problem }];
    });
    if (signal.aborted) return;
    yield* found.flat();
  }
}

/** The image that an event names, if it is one that does. */
export function imageIn(event: RecordedEvent): { stream: string; image: Image }[] {
  if (event.type !== 'ImportSucceeded') return [];
  const decoded = decodeOrReason(event);
  // The comparison of the log with the views says that it cannot be read.
  if (typeof decoded === 'string' || decoded.type !== 'ImportSucceeded') return [];
  return [{ stream: event.stream, image: decoded.data.image }];
}

/** @throws {StorageUnavailable} */
async function problemOf(
  { id, sha256, bytes }: Image,
  blobs: Pick<BlobStore, 'read'>,
  signal: AbortSignal,
  onRead: (count: number) => void,
): Promise<Problem | null> {
  const opened = await blobs.read(sha256);
  const of = `image ${id}, ${bytes} bytes with the sha256 ${sha256}`;
  if (opened === null) return { what: 'absent', reason: `${of}: there are no such bytes` };
  if (opened.bytes !== bytes) {
    opened.stream.destroy();
    return { what: 'altered', reason: `${of}: there are ${opened.bytes} bytes` };
  }
  try {
    const hash = createHash('sha256');
    let read = 0;
    for await (const chunk of piecesOf(opened.stream, signal)) {
      hash.update(chunk);
      read += chunk.length;
      onRead(chunk.length);
    }
    const found = hash.digest('hex');
    if (found === sha256) return null;
    return { what: 'altered', reason: `${of}: the ${read} bytes that are there have the sha256 ${found}` };
  } catch (error) {
    if (signal.aborted) return null;
    throw new StorageUnavailable(`${of}: they cannot be read: ${reasonOf(error)}`, error);
  }
}

/** What a stream gives, until it is silent for too long. */
async function* piecesOf(stream: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const silent = () => stream.destroy(new Error(`nothing came for ${SILENT_FOR_MS / 1_000} s`));
  const timer = setTimeout(silent, SILENT_FOR_MS);
  const interrupt = () => stream.destroy(new Error('it was interrupted'));
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    for await (const chunk of stream) {
      timer.refresh();
      yield chunk;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
  }
}
