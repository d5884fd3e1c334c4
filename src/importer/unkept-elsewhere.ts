import { decodeOrReason } from '../events/decode.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { parseStreamName } from '../events/streams.ts';
import { type Clock, timeText } from '../time/clock.ts';
import type { KeepingTrouble } from './keeping.ts';

/** So many imports are remembered. */
const MOST = 1_000;

/** Each of these says why an import waits now, or that it has ended. */
const TELLING = new Set(['ImportRetryScheduled', 'ImportSucceeded', 'ImportFailed', 'ImportCancelled']);

interface Unkept {
  readonly reason: string;
  readonly sinceMs: number;
  readonly lastMs: number;
}

/**
 * The imports that wait because another process of the service could not keep their images. The log tells: nobody can ask a process of
 * `imports work`.
 */
export class UnkeptElsewhere {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #knownForMs: number;
  /** By import; those that failed last are at the end. */
  readonly #waiting = new Map<string, Unkept>();
  /** What this process could not keep itself, until it sees its event. */
  readonly #own = new Set<string>();

  /** @param knownForMs an import that waits is tried again within this time */
  constructor(clock: Pick<Clock, 'now'>, knownForMs: number) {
    this.#clock = clock;
    this.#knownForMs = knownForMs;
  }

  /** Null: there are none, as far as this process has seen. */
  get trouble(): KeepingTrouble | null {
    const nowMs = this.#clock.now();
    const all = [...this.#waiting.values()].filter(({ lastMs }) => nowMs - lastMs <= this.#knownForMs);
    const last = all.at(-1);
    if (last === undefined) return null;
    const imports = all.length === 1 ? '1 import that waits' : `${all.length} imports that wait`;
    return {
      reason: `another node or \`imports work\` could not keep the images of ${imports}: ${last.reason}`,
      since: timeText(Math.min(...all.map(({ sinceMs }) => sinceMs))),
    };
  }

  /** This process is about to record that it could not keep the image of an import. */
  noteOwn(importId: string): void {
    this.#own.add(importId);
  }

  /** Takes note of an event of the log. */
  saw(event: RecordedEvent): void {
    const importId = TELLING.has(event.type) ? parseStreamName(event.stream)?.id : undefined;
    if (importId === undefined) return;
    const lastMs = this.#clock.now();
    const { sinceMs = lastMs } = this.#waiting.get(importId) ?? {};
    this.#waiting.delete(importId);
    const reason = this.#own.delete(importId) ? null : reasonIn(event);
    if (reason === null) return;
    this.#waiting.set(importId, { reason, sinceMs, lastMs });
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MOST && oldest !== undefined) this.#waiting.delete(oldest);
  }
}

/** What a process of the service said that could not keep an image; null: the event says something else. */
function reasonIn(event: RecordedEvent): string | null {
  const decoded = event.type === 'ImportRetryScheduled' ? decodeOrReason(event) : '';
  if (typeof decoded === 'string' || decoded.type !== 'ImportRetryScheduled') return null;
  // A user's worker may say so of a disk of its own.
  if (decoded.data.reason !== 'storage_unavailable' || decoded.metadata.user_id !== undefined) return null;
  return (decoded.data.detail ?? 'it does not say why').replace(/\.$/, '');
}
