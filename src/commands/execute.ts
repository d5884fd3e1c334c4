import { decode, isKnownType } from '../events/decode.ts';
import { LogUnavailable, WrongExpectedRevision } from '../events/errors.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import type { DomainEvent, Fact } from '../events/event-types.ts';
import type { InlineProjector } from '../projections/inline-projector.ts';
import type { Stored } from '../projections/queries.ts';
import { type Attributes, spans, traceparentOf } from '../telemetry/tracing.ts';
import { type Retry, retry } from '../time/retry.ts';
import type { Decider } from './decider.ts';
import { type CommandContext, domainEvents, metadataOf, newEvents } from './new-events.ts';

/** The result of a command. */
export interface Executed {
  /** The new events; none if there was nothing to do. */
  readonly events: readonly DomainEvent[];
  /** The stream's earlier events, if they were read: none if the stream was expected to be new, and was; those after a known view. */
  readonly history: readonly RecordedEvent[];
  /** The stream's view after the events. Null if there are no events, or if the stream has no view. */
  readonly view: Stored | null;
}

/** What is known of an aggregate before its stream is read: its view, and the state that follows from that. */
export interface Known<State> {
  readonly state: State;
  readonly stored: Stored;
}

/** The context of a command that follows from the stream's earlier events, as far as they are read. */
export type ContextAfter = (earlier: readonly DomainEvent[]) => CommandContext;

/** How a command is executed. */
export interface Course<State = unknown> {
  /** Only the events after the view are read. For streams that grow for years; the state must follow from the view. */
  readonly known?: Known<State>;
  /** Probably nothing came after what is known: the stream is read only if the append finds that something did. */
  readonly isProbablyKnown?: boolean;
  /** The aggregate is probably new: its stream is read only if the append finds it there. */
  readonly isProbablyNew?: boolean;
  /** Is awaited before the stream is read. */
  readonly beforeReading?: () => Promise<void>;
  /** Is awaited once there are events to append, before the append: at each try. If it fails, nothing is appended. */
  readonly beforeAppending?: () => Promise<void>;
  /** Is awaited after the append, before the events are projected. */
  readonly beforeProjecting?: () => Promise<void>;
}

/**
 * Takes a command to its aggregate: reads the stream, decides, appends, and projects the new events at once. If somebody else appended
 * first, it begins again. After a successful append it never fails: if the read model is away, the view is folded from the events.
 * @throws {CommandRefused} by the aggregate; nothing was written
 * @throws {LogUnavailable} the outcome is unknown
 * @throws {WrongExpectedRevision} somebody else was first at each try; nothing was written
 */
export type Execute = <State, Command>(
  decider: Decider<State, Command>,
  stream: string,
  command: Command,
  context: CommandContext | ContextAfter,
  course?: Course<State>,
) => Promise<Executed>;

/** Somebody else was first. A stream on which this happens at each try is given up. */
const CONFLICTS: Retry = { tries: 8, when: (error) => error instanceof WrongExpectedRevision };

/**
 * An append of unknown outcome. With the same ids it is the same append. The log does not send it again while the first try is under way.
 * After the last try the caller gets the error.
 */
const UNKNOWN_OUTCOMES: Retry = {
  withinMs: 400,
  pauseMs: (tries) => 20 * 4 ** (tries - 1),
  when: (error) => error instanceof LogUnavailable,
};

/** Makes `execute`. Events are appended and projected nowhere else. */
export function executor(log: EventLog, inline: InlineProjector): Execute {
  const inSpan = spans();
  return (decider, stream, command, context, course = {}) =>
    retry(async (attempt) => {
      let { known } = course;
      const isTaken = course.isProbablyNew === true || (course.isProbablyKnown === true && known !== undefined);
      const isUnread = isTaken && attempt === 1;
      if (!isUnread) await course.beforeReading?.();
      const seen = known?.stored.revision ?? -1;
      let history = isUnread ? [] : await log.readStream(stream, seen + 1);
      if (known !== undefined && attempt > 1 && history.length === 0) {
        // A conflict, and nothing after the view: the view has events that the log lacks, as after an older backup was restored.
        known = undefined;
        history = await log.readStream(stream);
      }
      // This release ignores events that only a newer release knows.
      const earlier = history.filter(({ type }) => isKnownType(type)).map(decode);
      const facts = decider.decide(command, earlier.reduce(decider.evolve, known?.state ?? decider.initial));
      if (facts.length === 0) return { events: [], history, view: null };
      await course.beforeAppending?.();
      const given = typeof context === 'function' ? context(earlier) : context;
      const record = () => ({
        name: 'record events',
        after: [given.traceparent],
        attributes: attributesOf(stream, facts),
      });
      return inSpan(record, async (span) => {
        const traced = span === null ? given : { ...given, traceparent: traceparentOf(span) };
        const metadata = metadataOf(traced, log.id);
        const proposed = newEvents(facts, metadata);
        const expectedRevision = history.at(-1)?.revision ?? known?.stored.revision ?? 'no_stream';
        const expected = inline.expect(proposed.map(({ id }) => id));
        try {
          const append = () => retry(() => log.append(stream, proposed, expectedRevision), UNKNOWN_OUTCOMES);
          const appended = await inSpan(() => ({ name: 'append', kind: 'client' }), append);
          const events = domainEvents(facts, proposed, stream, metadata, appended);
          await course.beforeProjecting?.();
          const project = () => inline.project(expected, events, history, known?.stored);
          return { events, history, view: await inSpan(() => ({ name: 'project' }), project) };
        } catch (error) {
          inline.dismiss(expected);
          throw error;
        }
      });
    }, CONFLICTS);
}

function attributesOf(stream: string, facts: readonly Fact[]): Attributes {
  return { 'imports.stream': stream, 'imports.events': facts.map(({ type }) => type) };
}
