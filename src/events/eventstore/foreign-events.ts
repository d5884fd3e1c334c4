import { atMost } from '../../time/seldom.ts';
import type { RecordedEvent } from '../event-log.ts';

const SAY_AGAIN_AFTER_MS = 3_600_000;

/** Counts the events of other applications in streams of ours, which are passed over, and says that there are some. */
export class ForeignEvents {
  readonly #onForeign: () => void;
  readonly #say: (event: RecordedEvent) => void;
  #last = -1n;

  constructor(onForeign: () => void, warn: (message: string) => void) {
    this.#onForeign = onForeign;
    this.#say = atMost(1, SAY_AGAIN_AFTER_MS, ({ stream, type }) =>
      warn(
        `Another application writes to streams with our names, such as ${type} to ${stream}. Its events are counted and passed over. ` +
          'EVENTSTORE_STREAM_PREFIX gives ours other names (this is said at most once an hour).',
      ),
    );
  }

  /** Each is counted once, although a subscription that begins again gives it again. */
  passedOver(event: RecordedEvent): void {
    if (event.position <= this.#last) return;
    this.#last = event.position;
    this.#onForeign();
    this.#say(event);
  }
}
