import { decode } from '../events/decode.ts';
import type { EventLog } from '../events/event-log.ts';
import type { DomainEvent } from '../events/event-types.ts';
import { accessStream } from '../events/streams.ts';

/** So many events are read at once: the stream grows with each token that an operator mints. */
const READ_AT_ONCE = 1_000;

/** A key that a log knows. */
export interface LogKey {
  readonly fingerprint: string;
  /** When it was introduced last, and when it was retired after that: UTC, ISO 8601; null: it was not. */
  readonly introducedAt: string;
  readonly retiredAt: string | null;
}

/** The keys that a log knows, in the order in which they were introduced last. */
export type LogKeys = readonly LogKey[];

/** The keys after one more event. */
function afterEvent(keys: LogKeys, event: DomainEvent): LogKeys {
  const { occurred_at: at } = event.metadata;
  if (event.type === 'KeyIntroduced') {
    const { key: fingerprint } = event.data;
    return [
      ...keys.filter((key) => key.fingerprint !== fingerprint),
      { fingerprint, introducedAt: at, retiredAt: null },
    ];
  }
  if (event.type === 'KeyRetired') {
    const { key: fingerprint } = event.data;
    return keys.map((key) => (key.fingerprint === fingerprint ? { ...key, retiredAt: at } : key));
  }
  return keys;
}

/** What a log knows of its keys. */
export interface KeysOfLog {
  readonly keys: LogKeys;
  /** The fingerprint of the key that was introduced first: what does not say its key is its. Null: none was introduced yet. */
  readonly oldest: string | null;
}

/** @throws {LogUnavailable} */
export async function keysOfLog(log: Pick<EventLog, 'id' | 'readStream'>): Promise<KeysOfLog> {
  let keys: LogKeys = [];
  let oldest: string | null = null;
  for (let next = 0; ; ) {
    const page = await log.readStream(accessStream(log.id), next, READ_AT_ONCE);
    for (const recorded of page) {
      // Most of the stream is of tokens: those are not worth decoding.
      if (!/^Key(Introduced|Retired)$/.test(recorded.type)) continue;
      keys = afterEvent(keys, decode(recorded));
      oldest ??= keys[0]?.fingerprint ?? null;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < READ_AT_ONCE) return { keys, oldest };
    next = last.revision + 1;
  }
}

/** Those that were not retired; the last one is the newest. */
export function presentKeys({ keys }: KeysOfLog): string[] {
  return keys.filter(({ retiredAt }) => retiredAt === null).map(({ fingerprint }) => fingerprint);
}
