import { decodeOrReason } from '../events/decode.ts';
import type { EventLog } from '../events/event-log.ts';
import type { DomainEvent } from '../events/event-types.ts';
import { OPERATIONS_STREAM } from '../events/streams.ts';

/** What is recorded of a replay. */
export interface RecordedReplay {
  readonly started: DomainEvent<'ReplayStarted'>;
  /** Null: it runs, it was left unfinished, or its process ended before it could record its end. */
  readonly end: DomainEvent<'ReplayCompleted'> | DomainEvent<'ReplayDiscarded'> | null;
}

/**
 * Every replay that was ever started, by id and in the order of their starts. Events of the operators' stream that this version cannot
 * read are about other operations.
 * @throws {LogUnavailable}
 */
export async function recordedReplays(log: EventLog): Promise<ReadonlyMap<string, RecordedReplay>> {
  const decoded = (await log.readStream(OPERATIONS_STREAM)).map(decodeOrReason);
  return replaysIn(decoded.filter((event) => typeof event !== 'string'));
}

/** The replays in events of the operators' stream, given in its order. */
export function replaysIn(events: readonly DomainEvent[]): ReadonlyMap<string, RecordedReplay> {
  const replays = new Map<string, RecordedReplay>();
  for (const event of events) {
    if (event.type === 'ReplayStarted') replays.set(event.data.replay_id, { started: event, end: null });
    if (event.type === 'ReplayCompleted' || event.type === 'ReplayDiscarded') {
      const replay = replays.get(event.data.replay_id);
      if (replay !== undefined) replays.set(event.data.replay_id, { ...replay, end: event });
    }
  }
  return replays;
}

/** The replays whose end is not recorded. */
export function openReplays(replays: ReadonlyMap<string, RecordedReplay>): RecordedReplay[] {
  return [...replays.values()].filter(({ end }) => end === null);
}
