import { codeOf } from '../../errors/code-of.ts';
import { reasonOf } from '../../errors/reason-of.ts';
import { WrongExpectedRevision } from '../errors.ts';
import type { EventLog, NewEvent, RecordedEvent } from '../event-log.ts';
import { type LogInMaking, UnlikeEvents } from '../log-in-making.ts';
import { type EventStoreLogOptions, openEventStoreLog } from './open.ts';

/**
 * Makes a log in EventStoreDB. It is named first, with the id of the event that it will end with: until that is there, nobody else opens it.
 * @throws {LogThere | LogUnavailable}
 */
export async function makeEventStoreLog(
  options: EventStoreLogOptions & { readonly making: string },
): Promise<LogInMaking> {
  return new EventStoreLogInMaking(await openEventStoreLog(options));
}

class EventStoreLogInMaking implements LogInMaking {
  readonly id: string;
  readonly #log: EventLog;
  /** The id of its last event. */
  readonly restoration: string;

  constructor(log: EventLog) {
    this.id = log.id;
    this.#log = log;
    this.restoration = log.restoration as string;
  }

  /** One append after the other, so that the log has their order. What an earlier try has appended is the same append. */
  async take(events: readonly RecordedEvent[]): Promise<RecordedEvent[]> {
    const beyondHoles: RecordedEvent[] = [];
    for (const event of events) {
      const { stream, revision, id, type, data, metadata } = event;
      try {
        const expected = revision === 0 ? 'no_stream' : revision - 1;
        const made = await this.#log.append(stream, [{ id, type, data, metadata }], expected);
        if (made.revision !== revision) throw new UnlikeEvents(`it has revision ${made.revision} there`);
      } catch (error) {
        if (error instanceof WrongExpectedRevision && (error.actual ?? -1) < revision - 1) {
          beyondHoles.push(event);
          continue;
        }
        if (!['wrong_expected_revision', 'unlike_events'].includes(codeOf(error) ?? '')) throw error;
        await this.#assertThere(stream, revision, id, error);
      }
    }
    return beyondHoles;
  }

  async finish(stream: string, event: NewEvent): Promise<void> {
    await this.#log.append(stream, [{ ...event, id: this.restoration }], 'any');
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  async #assertThere(stream: string, revision: number, id: string, cause: unknown): Promise<void> {
    const [held] = await this.#log.readStream(stream, revision, 1);
    if (held?.id === id && held.revision === revision) return;
    throw new UnlikeEvents(
      `EventStoreDB cannot take event ${id} as revision ${revision} of ${stream} (${reasonOf(cause)}): use a server without such streams, or another EVENTSTORE_STREAM_PREFIX.`,
      cause,
    );
  }
}
