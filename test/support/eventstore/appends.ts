import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Faults, Silence } from './faults.ts';
import type { Expectation, Log, Outcome } from './log.ts';
import type { ProposedEvent } from './record.ts';

/** The most bytes of an append: the server's default, 1 MiB. */
export const MAXIMUM_APPEND_SIZE = 1024 * 1024;

export type Answered = Exclude<Outcome, { result: 'dropped' }>;

type Call = ServerDuplexStream<unknown, unknown>;

/** The end of each append: the log, and the faults before and after it. */
export class Appends {
  readonly faults: Faults;
  readonly #log: Log;
  readonly #drop: (peer: string) => void;
  #count = 0;
  #dropped = 0;

  /** `drop` resets the connection of a peer. */
  constructor(log: Log, faults: Faults, drop: (peer: string) => void) {
    this.#log = log;
    this.faults = faults;
    this.#drop = drop;
  }

  /** How many were seen, written or not, including repeated ones. */
  get count(): number {
    return this.#count;
  }

  /** How many of them were dropped: repeats of an append that was not yet committed. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Gives undefined if the client must not get an answer. */
  async append(
    call: Call,
    stream: string,
    events: readonly ProposedEvent[],
    expected: Expectation,
  ): Promise<Answered | undefined> {
    this.#count += 1;
    if (this.#isSilenced(call, this.faults.take('beforeAppend'))) return undefined;
    const silence = this.faults.take('afterAppend');
    const outcome = await this.#log.append(stream, events, expected);
    await this.faults.running();
    if (outcome.result === 'dropped') {
      this.#dropped += 1;
      return undefined;
    }
    return this.#isSilenced(call, silence) ? undefined : outcome;
  }

  #isSilenced(call: Call, silence: Silence | undefined): boolean {
    if (silence === 'drop') this.#drop(call.getPeer());
    return silence !== undefined;
  }
}

/** As the real server counts, which is in UTF-16 for the type. */
export function sizeOf(events: readonly ProposedEvent[]): number {
  return events.reduce((size, { data, metadata, type }) => size + data.length + metadata.length + type.length * 2, 0);
}
