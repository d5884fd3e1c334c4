import type { RecordedEvent } from '../../events/event-log.ts';
import { type Damage, type Pages, soundPagesOfLog } from '../../history/log-pages.ts';
import type { LastLook } from '../../operations/last-look.ts';
import { type Looked, verifyBlobs } from '../../operations/verify/blobs.ts';
import { examine } from '../../operations/verify/examine.ts';
import type { Finding } from '../../operations/verify/finding.ts';
import { sampleOf } from '../../operations/verify/sample.ts';
import { Suspects } from '../../operations/verify/suspects.ts';
import { verifyAll } from '../../operations/verify/verify-all.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';

/** What is compared, in words, once that is known, and what is found. */
export interface Comparison {
  readonly scope: () => string;
  readonly findings: AsyncIterable<Finding>;
  /** How much was looked at, once that is known; null: not everything. */
  readonly looked: () => Pick<LastLook, 'events' | 'images'> | null;
}

/**
 * Everything up to a position of the log.
 * @param withBlobs with the bytes of images
 * @throws {OtherBlobs | StorageUnavailable}
 */
export async function everything(
  withBlobs: boolean,
  stores: StoresForReading,
  head: bigint,
  context: Context,
): Promise<Comparison> {
  const { log } = stores;
  const { signal } = context;
  // First, since the store may be refused.
  const blobs = withBlobs ? await context.blobs(log) : null;
  const seen = new Seen(head);
  const damages: Damage[] = [];
  const noteDamage = (damage: Damage) => {
    damages.push(damage);
    seen.passedOver(damage);
  };
  const ofViews = verifyAll(stores, seen.watch(context.scan(log, 0n, head, noteDamage)), head, signal, { damages });
  if (blobs === null)
    return { scope: () => seen.scope(), findings: ofViews, looked: () => ({ events: seen.events, images: null }) };
  let looked: Looked = { images: 0, bytes: 0 };
  const findings = async function* () {
    yield* ofViews;
    let share = 0;
    // What is damaged was told already.
    const pages = soundPagesOfLog(log, 0n, head, signal, () => {});
    const noted = async function* () {
      for await (const page of pages) {
        yield page;
        share = Number(page.at(-1)?.position ?? head) / Number(head);
      }
    };
    yield* verifyBlobs(noted(), blobs, signal, (now) => {
      looked = now;
      context.progress(looked.images, share, 'images');
    });
  };
  const scope = () =>
    `${seen.scope()}, and the bytes of ${counted(looked.images, 'image')} (${(looked.bytes / 1e6).toFixed(1)} MB) in ${blobs.address}`;
  return { scope, findings: findings(), looked: () => ({ events: seen.events, images: looked.images }) };
}

/** How much of a log was looked at. */
class Seen {
  readonly #head: bigint;
  #reached = 0n;
  #unread = 0n;
  /** How many events were read. */
  events = 0;

  constructor(head: bigint) {
    this.#head = head;
  }

  async *watch(pages: Pages): AsyncGenerator<readonly RecordedEvent[]> {
    for await (const page of pages) {
      this.#reached = page.at(-1)?.position ?? this.#reached;
      this.events += page.length;
      yield page;
    }
  }

  passedOver({ from, until }: Damage): void {
    this.#unread += until - from + 1n;
    this.#reached = until;
  }

  scope(): string {
    if (this.#reached < this.#head)
      return `the streams up to position ${this.#reached} of ${this.#head}, and all views`;
    if (this.#unread === 0n) return 'all streams and views';
    return `all that can be read (not ${counted(Number(this.#unread), 'position')} of the log)`;
  }
}

/** About so many streams. */
export async function sampled(size: number, stores: StoresForReading): Promise<Comparison> {
  const { streams, description } = await sampleOf(stores, size, Math.random);
  const findings = async function* () {
    const suspects = new Suspects(stores);
    for (const { stream } of await examine(stores, streams)) if (stream !== null) suspects.add(stream);
    yield* await suspects.confirm();
  };
  return { scope: () => `${streams.length} streams (${description})`, findings: findings(), looked: () => null };
}
