import { detailsOf } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import type { Feed } from '../subscribers/feed/feed.ts';

/** What somebody waits for. */
export type Topic = string;

/** Any event of a stream. */
export function ofStream(stream: string): Topic {
  return stream;
}

/** Imports of an organization begin to wait for workers. */
export function workFor(organizationId: string): Topic {
  return `work for ${organizationId}`;
}

/** The connection of an organization stands otherwise than before. No event says that alone: who knows it tells it. */
export function connectionOf(organizationId: string): Topic {
  return `connection of ${organizationId}`;
}

const MAKES_WORK: readonly string[] = ['ImportRequested', 'ImportRetryScheduled', 'ImportRetryRequested'];

/** Somebody who waits, from `Changes.watch` until `end`. */
export interface Watch {
  /** Waits for the next change since the last call, at most `timeoutMs`, until the signal aborts. Gives whether there was one. */
  next(timeoutMs: number, signal: AbortSignal): Promise<boolean>;
  end(): void;
}

/** Tells those that wait of what they wait for. It looks at no event of the log while nobody waits. */
export class Changes {
  readonly #feed: Pick<Feed, 'watch' | 'end'>;
  readonly #waiting = new Map<Topic, Set<() => void>>();
  #stopWatching: (() => void) | null = null;

  constructor(feed: Pick<Feed, 'watch' | 'end'>) {
    this.#feed = feed;
  }

  /** What is appended after this has resolved is not missed. @throws {LogUnavailable} */
  async watch(topics: readonly Topic[]): Promise<Watch> {
    // The log may not have been followed yet.
    await this.#feed.end();
    let [isChanged, wake] = [false, () => {}];
    const tell = () => {
      isChanged = true;
      wake();
    };
    for (const topic of topics) this.#add(topic, tell);
    return {
      next: (timeoutMs, signal) =>
        new Promise((resolve) => {
          const done = () => {
            clearTimeout(timer);
            signal.removeEventListener('abort', done);
            wake = () => {};
            resolve(isChanged);
            isChanged = false;
          };
          const timer = setTimeout(done, timeoutMs);
          signal.addEventListener('abort', done);
          wake = done;
          if (isChanged || signal.aborted) done();
        }),
      end: () => {
        for (const topic of topics) this.#remove(topic, tell);
      },
    };
  }

  #add(topic: Topic, tell: () => void): void {
    const all = this.#waiting.get(topic) ?? new Set();
    this.#waiting.set(topic, all.add(tell));
    this.#stopWatching ??= this.#feed.watch((event) => this.#onEvent(event));
  }

  #remove(topic: Topic, tell: () => void): void {
    const all = this.#waiting.get(topic);
    all?.delete(tell);
    if (all?.size === 0) this.#waiting.delete(topic);
    if (this.#waiting.size > 0) return;
    this.#stopWatching?.();
    this.#stopWatching = null;
  }

  #onEvent(event: RecordedEvent): void {
    this.tell(ofStream(event.stream));
    if (!MAKES_WORK.includes(event.type)) return;
    const { organizationId } = detailsOf(event);
    if (organizationId !== null) this.tell(workFor(organizationId));
  }

  /** Wakes those that wait for it. */
  tell(topic: Topic): void {
    for (const tell of this.#waiting.get(topic) ?? []) tell();
  }
}
