import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { isAccessStream } from '../../events/streams.ts';
import { pagesOfLog } from '../../history/log-pages.ts';
import { Conflict, type Target } from './target.ts';

/** The log has other events than the beginning of the file, and nobody said that this one may be appended to it. */
class LogIsLive extends Error {
  readonly code = 'log_is_live';

  constructor({ position, stream, type }: RecordedEvent) {
    super(
      `the log has other events than the beginning of the file (position ${position}: ${type} of ${stream}). ` +
        'If the events are to be added to it all the same, add --into-live and a --reason',
    );
    this.name = 'LogIsLive';
  }
}

/** A log while the events of a file are compared with it, one by one and in order. */
export interface Beginning {
  /** Whether every event of the log up to now is one of those that were given, in their order. */
  has(event: RecordedEvent): Promise<boolean>;
  /** The first one that is not; null: none yet. */
  readonly other: RecordedEvent | null;
}

/** @param log what is in it now counts; null: there is none */
export async function beginningOf(log: EventLog | null, signal: AbortSignal): Promise<Beginning> {
  const held = log === null ? null : eventsOf(log, await log.head(), signal);
  let isAtEnd = held === null;
  let other: RecordedEvent | null = null;
  return {
    get other() {
      return other;
    },
    async has(event) {
      if (isAtEnd || held === null || other !== null) return other === null;
      const { value, done } = await held.next();
      isAtEnd = done === true;
      if (value !== undefined && value.id !== event.id) other = value;
      return other === null;
    },
  };
}

/** Without those of access: they are of this log alone. */
async function* eventsOf(log: EventLog, head: bigint, signal: AbortSignal): AsyncGenerator<RecordedEvent, undefined> {
  for await (const page of pagesOfLog(log, 0n, head, signal)) {
    yield* page.filter(({ stream }) => !isAccessStream(stream));
  }
}

interface Guard {
  /** Says whether the log has an event. */
  readonly checking: Target;
  readonly beginning: Beginning;
  readonly isIntoLive: boolean;
  /** Is awaited before the first event that the log lacks is given to the target. */
  readonly onFirst: () => Promise<void>;
}

/**
 * A target that takes no event of access, and none that the log lacks if the log is live.
 * @throws {Conflict | LogIsLive}
 */
export function guarded(target: Target, { checking, beginning, isIntoLive, onFirst }: Guard): Target {
  let hasBegun = false;
  return async (event) => {
    if (isAccessStream(event.stream)) throw new Conflict(OF_ANOTHER_LOG);
    const isBeginning = await beginning.has(event);
    if (!hasBegun) {
      if ((await checking(event)) === 'there') return 'there';
      if (!isBeginning && !isIntoLive) throw new LogIsLive(beginning.other as RecordedEvent);
      await onFirst();
      hasBegun = true;
    }
    return target(event);
  };
}

const OF_ANOTHER_LOG =
  'its stream says who had access to another log, and this log keeps its own. A backup, which has such events, is brought back by ' +
  '`imports restore`';
