import { setImmediate as nextTurn } from 'node:timers/promises';
import { decode, isKnownType } from '../../events/decode.ts';
import { LogUnavailable } from '../../events/errors.ts';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import type { BlobStore, KeptBlob } from './blob-store.ts';
import { firstByteOf, Sha256Set } from './sha256-set.ts';

/** Bytes are kept before the event that names them is appended: an attempt takes some minutes, and one of an outside worker half an hour. */
const SAFE_MS = 24 * 60 * 60 * 1_000;

/** So many blobs are compared with the log at once, which takes some 30 MB. For more, the log is read several times. */
const AT_ONCE = 2_000_000;

const PAGE = 200;
const PAGE_CHARACTERS = 500_000;

/** How the data of an event names bytes. */
const NAMED = /"sha256":"([0-9a-f]{64})"/;

/** So long one works before others come to their turn. */
const TURN_MS = 4;

export interface SweepParts {
  readonly store: BlobStore;
  readonly log: Pick<EventLog, 'head' | 'readAll'>;
  /** Ends it early. */
  readonly signal: AbortSignal;
  readonly now: Date;
  /** How many blobs are compared at once, if not the usual number. */
  readonly atOnce?: number;
}

/** How many blobs were there, with how many bytes; and how many of them were removed. */
export interface Swept {
  readonly blobs: number;
  readonly bytes: number;
  readonly removed: number;
}

/**
 * Removes the bytes that are older than a day and that no event of the log names: what crashes and late results left. Bytes that are kept anew
 * meanwhile stay. If a part of the log cannot be read, nothing is removed.
 * @throws {LogUnavailable | UndecodableEvent | StorageUnavailable} @throws the signal's reason
 */
export async function sweep(parts: SweepParts): Promise<Swept> {
  const total = { blobs: 0, bytes: 0, removed: 0 };
  for (let from = 0; from < 0x100; ) {
    const { old, to } = await oldBlobs(parts, from, from === 0 ? total : null);
    // After the list: what names them was appended before now, or they are kept anew.
    if (old.size > 0) await deleteNamed(parts, old);
    if (old.size > 0) total.removed += await remove(parts, old);
    from = to;
  }
  return total;
}

/**
 * The blobs that are older than a day and whose first byte is at least `from` and less than `to`.
 * @param total counts all that are there
 */
async function oldBlobs(
  parts: SweepParts,
  from: number,
  total: { blobs: number; bytes: number } | null,
): Promise<{ readonly old: Sha256Set; readonly to: number }> {
  const { atOnce = AT_ONCE, store } = parts;
  const old = new Sha256Set();
  let to = 0x100;
  for await (const blob of blobsOf(parts)) {
    if (total !== null) {
      total.blobs += 1;
      total.bytes += blob.bytes;
    }
    const first = firstByteOf(blob.sha256);
    if (!store.maySweep || first < from || first >= to || !isOld(blob, parts)) continue;
    old.add(blob.sha256);
    if (old.size <= atOnce || to === from + 1) continue;
    to = from + Math.ceil((to - from) / 2);
    old.deleteFrom(to);
  }
  return { old, to: store.maySweep ? to : 0x100 };
}

/** Reads the log up to its present end, and takes out the blobs that it names. */
async function deleteNamed({ log, signal }: SweepParts, blobs: Sha256Set): Promise<void> {
  const head = await log.head();
  const rest = turns();
  for (let after = 0n; after < head; ) {
    signal.throwIfAborted();
    const page = await log.readAll(after, PAGE, PAGE_CHARACTERS);
    const last = page.at(-1);
    if (last === undefined) throw new LogUnavailable(`nothing could be read after ${after}, but there is ${head}`);
    for (const event of page) {
      const named = namedBy(event);
      if (named !== null) blobs.delete(named);
      await rest();
    }
    after = last.position;
  }
}

/** @throws {UndecodableEvent} this release cannot tell what it names */
function namedBy(event: RecordedEvent): string | null {
  if (event.type === 'ImportSucceeded') {
    // To decode a million events takes half a minute. What is found in a text by mistake would only stay.
    const [, named] = NAMED.exec(event.data) ?? [];
    if (named !== undefined) return named;
  } else if (isKnownType(event.type)) return null;
  const decoded = decode(event);
  return decoded.type === 'ImportSucceeded' ? decoded.data.image.sha256 : null;
}

async function remove(parts: SweepParts, unnamed: Sha256Set): Promise<number> {
  let removed = 0;
  for await (const { sha256 } of blobsOf(parts)) {
    if (unnamed.has(sha256) && (await parts.store.removeIfOlder(sha256, oldest(parts)))) removed += 1;
  }
  return removed;
}

async function* blobsOf({ store, signal }: SweepParts): AsyncGenerator<KeptBlob, void, void> {
  const rest = turns();
  for await (const blob of store.list()) {
    signal.throwIfAborted();
    yield blob;
    await rest();
  }
}

function isOld({ renewedAt }: KeptBlob, parts: SweepParts): boolean {
  return renewedAt < oldest(parts);
}

function oldest({ now }: SweepParts): Date {
  return new Date(now.getTime() - SAFE_MS);
}

/** Gives a function to be called often: now and then it lets others have their turn. */
function turns(): () => Promise<void> | undefined {
  let sinceMs = performance.now();
  return () => {
    if (performance.now() - sinceMs < TURN_MS) return undefined;
    return nextTurn().then(() => {
      sinceMs = performance.now();
    });
  };
}
