import { decode, isKnownType } from '../events/decode.ts';
import { LogUnavailable, WrongExpectedRevision } from '../events/errors.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import type { DomainEvent } from '../events/event-types.ts';
import type { InlineProjector } from '../projections/inline-projector.ts';
import type { Stored } from '../projections/queries.ts';
import { type Retry, retry } from '../retry.ts';
import type { Decider } from './decider.ts';
import { type CommandContext, domainEvents, metadataOf, newEvents } from './new-events.ts';

/** What came of a command. */
export interface Executed {
  /** The events that it brought about; none where there was nothing left to do. */
  readonly events: readonly DomainEvent[];
  /** The stream's earlier events, as far as they were read: none where the stream was rightly taken for new. */
  readonly history: readonly RecordedEvent[];
  /** The stream's view after the events; null where there are none, and for a stream that no view is folded from. */
  readonly view: Stored | null;
}

/** How a command comes to its aggregate. */
export interface Course {
  /** The aggregate is probably new: its stream is read only if the append finds it there. */
  readonly isProbablyNew?: boolean;
  /** Waited for before the stream is read. */
  readonly beforeReading?: () => Promise<void>;
  /** Waited for after the append, before the events are projected. */
  readonly beforeProjecting?: () => Promise<void>;
}

/**
 * Takes a command to its aggregate: reads what has happened, decides, appends, and projects what was appended at once. It begins again
 * where somebody else appended first. An append that succeeded never fails: where the read model is away, the view is folded from the events.
 * @throws {CommandRefused} by the aggregate; nothing was written
 * @throws {LogUnavailable} the outcome is unknown
 * @throws {WrongExpectedRevision} somebody else was first, time after time; nothing was written
 */
export type Execute = <State, Command>(
  decider: Decider<State, Command>,
  stream: string,
  command: Command,
  context: CommandContext,
  course?: Course,
) => Promise<Executed>;

/** Somebody else was first. A stream so busy that it is so each time is given up. */
const CONFLICTS: Retry = { tries: 8, when: (error) => error instanceof WrongExpectedRevision };

/**
 * An append of unknown outcome. The same ids make it the same append; the log sees to it that it is not sent again while the first try is under
 * way. Then the caller is told.
 */
const UNKNOWN_OUTCOMES: Retry = {
  withinMs: 400,
  pauseMs: (tries) => 20 * 4 ** (tries - 1),
  when: (error) => error instanceof LogUnavailable,
};

/** The one place in which events are appended and projected. */
export function executor(log: EventLog, inline: InlineProjector): Execute {
  return (decider, stream, command, context, course = {}) =>
    retry(async (attempt) => {
      const isTakenForNew = course.isProbablyNew === true && attempt === 1;
      if (!isTakenForNew) await course.beforeReading?.();
      const history = isTakenForNew ? [] : await log.readStream(stream);
      // What a newer release records, this one cannot go by.
      const known = history.filter(({ type }) => isKnownType(type)).map(decode);
      const facts = decider.decide(command, known.reduce(decider.evolve, decider.initial));
      if (facts.length === 0) return { events: [], history, view: null };
      const metadata = metadataOf(context);
      const proposed = newEvents(facts, metadata);
      const expectedRevision = history.at(-1)?.revision ?? 'no_stream';
      const expected = inline.expect(proposed.map(({ id }) => id));
      try {
        const appended = await retry(() => log.append(stream, proposed, expectedRevision), UNKNOWN_OUTCOMES);
        const events = domainEvents(facts, proposed, stream, metadata, appended);
        await course.beforeProjecting?.();
        return { events, history, view: await inline.project(expected, events, history) };
      } catch (error) {
        inline.dismiss(expected);
        throw error;
      }
    }, CONFLICTS);
}
