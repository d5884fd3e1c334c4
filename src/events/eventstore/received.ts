import { convertToCommandError } from '@eventstore/db-client';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { LogUnavailable } from '../errors.ts';
import type { RecordedEvent } from '../event-log.ts';
import { News } from '../news.ts';
import { endRead, type ReadCall } from './calls.ts';
import type { ForeignEvents } from './foreign-events.ts';
import { type Head, placeIn } from './head.ts';
import { isEventOfOurs } from './our-events.ts';
import type { From } from './requests.ts';
import { eventIn } from './stored-event.ts';
import type { StreamNames } from './stream-names.ts';

/** Limits of what is read ahead, in events and characters: events of a megabyte must not fill the memory. */
const MOST_EVENTS = 500;
const MOST_CHARACTERS = 2_000_000;

/** The last event of a stream that was deleted for good. */
const TOMBSTONE = '$streamDeleted';

export interface ReceivedParts {
  readonly names: StreamNames;
  readonly head: Head;
  readonly foreign: ForeignEvents;
  readonly warn: (message: string) => void;
}

/** Events of a subscription that have arrived and were not taken yet. */
export class Received {
  readonly #call: ReadCall;
  readonly #from: From;
  readonly #names: StreamNames;
  readonly #head: Head;
  readonly #foreign: ForeignEvents;
  readonly #warn: (message: string) => void;
  readonly #news = new News();
  #events: RecordedEvent[] = [];
  #characters = 0;
  /** The server has sent all events that there were, and sends new ones as they come. */
  #isLive = false;
  #failure: Error | null = null;
  #aliveAt = performance.now();

  /** @param from the place at which the subscription begins */
  constructor(call: ReadCall, from: From, { names, head, foreign, warn }: ReceivedParts) {
    this.#call = call;
    this.#from = from;
    this.#names = names;
    this.#head = head;
    this.#foreign = foreign;
    this.#warn = warn;
    call.on('data', (message) => this.#receive(message));
    call.on('error', (error) => this.#fail(convertToCommandError(error)));
    call.on('end', () => this.#fail(new LogUnavailable('EventStoreDB ended the subscription')));
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  get failure(): Error | null {
    return this.#failure;
  }

  /** When the last message came, on the clock of `performance.now`. */
  get aliveAt(): number {
    return this.#aliveAt;
  }

  /** Whether a reader that has taken everything up to `last` is level with the log, as far as the server and our own appends say. */
  isAllAfter(last: bigint): boolean {
    return this.#isLive && this.isEmpty && this.#head.known <= last;
  }

  /** Everything that has arrived, in order. */
  take(): readonly RecordedEvent[] {
    const events = this.#events;
    this.#events = [];
    this.#characters = 0;
    this.#call.resume();
    return events;
  }

  /** Resolves when there is something to take, when the server has sent all that there was, when it fails, or after `timeoutMs`. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return this.#news.wait(timeoutMs, signal);
  }

  /** Tells the server that nothing more is wanted. Nothing comes after it. */
  end(): void {
    endRead(this.#call);
  }

  #receive(message: streams.ReadResp): void {
    this.#aliveAt = performance.now();
    const event = eventIn(message, this.#names);
    if (event !== null) this.#add(event);
    const checkpoint = message.getCheckpoint();
    if (checkpoint !== undefined) this.#head.sawAll(this.#from, placeIn(checkpoint));
    if (message.hasFellBehind()) this.#isLive = false;
    if (message.hasCaughtUp()) {
      this.#isLive = true;
      this.#news.announce();
    }
  }

  #add(event: RecordedEvent): void {
    const { position, data, metadata } = event;
    if (!isEventOfOurs(event)) {
      this.#passOver(event);
      return;
    }
    this.#head.saw(position);
    this.#events.push(event);
    this.#characters += data.length + metadata.length;
    if (this.#events.length >= MOST_EVENTS || this.#characters >= MOST_CHARACTERS) this.#call.pause();
    this.#news.announce();
  }

  /** Warns if somebody deleted a stream. Its view stays as it is. */
  #passOver(event: RecordedEvent): void {
    const { stream, type, position } = event;
    if (type === TOMBSTONE)
      this.#warn(`Stream ${stream} was deleted in EventStoreDB (${type}): its view stays as it is.`);
    else this.#foreign.passedOver(event);
    this.#head.sawAll(this.#from, { commit: position, prepare: position });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#news.wakeAll();
  }
}
