import { setTimeout as sleep } from 'node:timers/promises';
import { decode } from '../events/decode.ts';
import { LogUnavailable, WrongExpectedRevision } from '../events/errors.ts';
import type { Appended, EventLog, ExpectedRevision, NewEvent } from '../events/event-log.ts';
import type { DomainEvent, EventMetadata, Fact } from '../events/event-types.ts';
import { newId } from '../events/new-id.ts';
import type { Decider } from './decider.ts';

/** Who asks, for whom, and in answer to what; it becomes the metadata of every event that the command brings about. */
export type CommandContext = Pick<
  EventMetadata,
  'organization_id' | 'user_id' | 'secret_id' | 'operator' | 'request_id'
>;

/** What came of a command. */
export interface Handled {
  /** The events that it brought about; none where there was nothing left to do. */
  readonly appended: readonly DomainEvent[];
  /** The stream's earlier events, as far as they were read: none where the stream was rightly taken for new. */
  readonly history: readonly DomainEvent[];
}

/** A stream so busy that every attempt lost: each time somebody else was first. */
const ATTEMPTS = 8;

/** An append of unknown outcome is tried again within this time, with growing delays; then its caller is told. */
const RETRY_WITHIN_MS = 400;
const FIRST_DELAY_MS = 20;

/** Takes a command to its aggregate: what is there, what does it decide, append that, and begin again where somebody else was first. */
export class CommandHandler {
  readonly #log: EventLog;
  readonly #now: () => Date;

  /** @param now the clock of `occurred_at` */
  constructor(log: EventLog, now: () => Date = () => new Date()) {
    this.#log = log;
    this.#now = now;
  }

  /**
   * Handles a command on an aggregate that is probably new: its stream is read only where the append finds it there.
   * @param beforeReading waited for before that
   * @throws {CommandRefused} by the aggregate
   * @throws {LogUnavailable} the outcome is unknown
   */
  async handleNew<State, Command>(
    decider: Decider<State, Command>,
    stream: string,
    command: Command,
    context: CommandContext,
    beforeReading: () => Promise<void> = async () => {},
  ): Promise<Handled> {
    try {
      return await this.#attempt(decider, stream, command, context, []);
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      await beforeReading();
      return this.handle(decider, stream, command, context);
    }
  }

  /**
   * Handles a command on an aggregate that may have a history.
   * @throws {CommandRefused} by the aggregate
   * @throws {LogUnavailable} the outcome is unknown
   */
  async handle<State, Command>(
    decider: Decider<State, Command>,
    stream: string,
    command: Command,
    context: CommandContext,
  ): Promise<Handled> {
    for (let attempt = 1; ; attempt += 1) {
      const history = (await this.#log.readStream(stream)).map(decode);
      try {
        return await this.#attempt(decider, stream, command, context, history);
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Appends; an unknown outcome is tried again with the same ids, which make it the same append, while there is time. The log sees to it that
   * it is not sent again while the first try is under way.
   */
  async #append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    const deadline = performance.now() + RETRY_WITHIN_MS;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs *= 4) {
      try {
        return await this.#log.append(stream, events, expected);
      } catch (error) {
        if (!(error instanceof LogUnavailable) || performance.now() + delayMs > deadline) throw error;
        await sleep(delayMs);
      }
    }
  }

  async #attempt<State, Command>(
    decider: Decider<State, Command>,
    stream: string,
    command: Command,
    context: CommandContext,
    history: readonly DomainEvent[],
  ): Promise<Handled> {
    const facts = decider.decide(command, history.reduce(decider.evolve, decider.initial));
    if (facts.length === 0) return { appended: [], history };
    const metadata: EventMetadata = {
      occurred_at: this.#now().toISOString(),
      ...context,
      schema_version: 1,
      $correlationId: context.request_id,
      $causationId: context.request_id,
    };
    const ids = facts.map(() => newId());
    const metadataText = JSON.stringify(metadata);
    const events = facts.map(
      (fact, index): NewEvent => ({
        id: ids[index] as string,
        type: fact.type,
        data: JSON.stringify(fact.data),
        metadata: metadataText,
      }),
    );
    const last = history.at(-1);
    const expected: ExpectedRevision = last === undefined ? 'no_stream' : last.revision;
    const { revision, position } = await this.#append(stream, events, expected);
    return { appended: placed(facts, ids, stream, metadata, revision, position), history };
  }
}

/** The facts as the events they have become, without reading them back; their position is that of the append, its last event's. */
function placed(
  facts: readonly Fact[],
  ids: readonly string[],
  stream: string,
  metadata: EventMetadata,
  lastRevision: number,
  position: bigint,
): DomainEvent[] {
  return facts.map((fact, index) => {
    const behind = facts.length - 1 - index;
    return {
      ...fact,
      id: ids[index] as string,
      stream,
      revision: lastRevision - behind,
      position,
      metadata,
    };
  });
}
