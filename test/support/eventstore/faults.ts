import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceError } from '@grpc/grpc-js';
import type { Endpoint } from './gossip.ts';
import { notLeader, serverNotReady, unavailable } from './rpc-errors.ts';

/** `hang`: no answer ever comes. `drop`: the connection is gone. */
export type Silence = 'hang' | 'drop';

/** A fault that lasts until it is cleared, or, with `times(n, fault)`, for the next n calls of its kind. */
type Fault<T> = T | Times<T>;

export interface Times<T> {
  readonly fault: T;
  left: number;
}

export function times<T>(left: number, fault: T): Times<T> {
  return { fault, left };
}

interface FaultsOfCalls {
  /** The append is seen, but not written. */
  beforeAppend: Fault<Silence> | undefined;
  /** The append is written, but not answered: for the client, its outcome is unknown. */
  afterAppend: Fault<Silence> | undefined;
  /** Appends and reads are refused as by a server that still starts. */
  notReady: Fault<true> | undefined;
  /** Appends and reads are refused as by a server that has too much to do. */
  unavailable: Fault<true> | undefined;
  /** Appends and reads are refused, naming the leader. */
  notLeader: Fault<Endpoint> | undefined;
  /** Reads and subscriptions that begin now get no answer; subscriptions under way go on. */
  hangReads: Fault<true> | undefined;
}

type FaultOf<K extends keyof FaultsOfCalls> = Exclude<FaultsOfCalls[K], Times<unknown> | undefined>;

/**
 * The faults of the stand-in, to be set at any time. A fault of calls affects those that begin after it. If an append has a fault both
 * before and after it, only the first one happens. `test/support/tcp-proxy.ts` plays a frozen network.
 */
export class Faults implements FaultsOfCalls {
  beforeAppend: Fault<Silence> | undefined;
  afterAppend: Fault<Silence> | undefined;
  notReady: Fault<true> | undefined;
  unavailable: Fault<true> | undefined;
  notLeader: Fault<Endpoint> | undefined;
  hangReads: Fault<true> | undefined;

  /** How long a filtered read takes before it finds something, as with very many events of others. */
  searchMs = 0;

  /** The server stalls after it has sent this many more messages of reads and subscriptions. */
  pauseAfterMessages = Number.POSITIVE_INFINITY;

  /** A filtered subscription gets a checkpoint beyond events that it gets only afterwards. */
  checkpointsAhead = false;

  /** Resets every connection; new ones are welcome. */
  readonly dropConnections: () => void;

  #stalled: PromiseWithResolvers<void> | undefined;
  #stalledAt = 0;
  #paused: PromiseWithResolvers<void> | undefined;
  readonly #subscriptions = new Set<(error: ServiceError) => void>();
  readonly #appendCalls = new Set<() => void>();

  constructor(dropConnections: () => void) {
    this.dropConnections = dropConnections;
  }

  /** The current subscriptions get nothing any more, though their connection lives. */
  get stallSubscriptions(): boolean {
    return this.#stalled !== undefined;
  }

  set stallSubscriptions(stall: boolean) {
    if (stall === this.stallSubscriptions) return;
    this.#stalled?.resolve();
    this.#stalled = stall ? Promise.withResolvers() : undefined;
    this.#stalledAt = performance.now();
  }

  /** The server stalls, as during a garbage collection: it takes nothing and answers nothing, though its connections live. */
  get isPaused(): boolean {
    return this.#paused !== undefined;
  }

  set isPaused(pause: boolean) {
    if (pause === this.isPaused) return;
    this.#paused?.resolve();
    this.#paused = pause ? Promise.withResolvers() : undefined;
  }

  /** Stalls for this time. */
  async pause(forMs: number): Promise<void> {
    this.isPaused = true;
    await sleep(forMs);
    this.isPaused = false;
  }

  /** Ends every subscription with an error. */
  dropSubscriptions(error: ServiceError = unavailable()): void {
    for (const end of [...this.#subscriptions]) end(error);
  }

  /** Ends every call for appends without an error, as a server that shuts down may. Appends under way are not answered. */
  endAppendCalls(): void {
    for (const end of [...this.#appendCalls]) end();
  }

  /** Clears all faults. Calls that hang still hang; stalled ones continue. */
  clear(): void {
    this.beforeAppend = undefined;
    this.afterAppend = undefined;
    this.notReady = undefined;
    this.unavailable = undefined;
    this.notLeader = undefined;
    this.hangReads = undefined;
    this.checkpointsAhead = false;
    this.searchMs = 0;
    this.pauseAfterMessages = Number.POSITIVE_INFINITY;
    this.stallSubscriptions = false;
    this.isPaused = false;
  }

  /** For the server: the fault of this call, which counts as one of the fault's times. */
  take<K extends keyof FaultsOfCalls>(name: K): FaultOf<K> | undefined {
    const fault = this[name];
    if (!isTimes(fault)) return fault as FaultOf<K> | undefined;
    fault.left -= 1;
    if (fault.left <= 0) Object.assign(this, { [name]: undefined });
    return fault.fault as FaultOf<K>;
  }

  /** For the server: the error that refuses this call. */
  refusal(): ServiceError | undefined {
    if (this.take('notReady')) return serverNotReady();
    if (this.take('unavailable')) return unavailable();
    const leader = this.take('notLeader');
    return leader && notLeader(leader);
  }

  /** For the server: calls `end` with the error when subscriptions are dropped. Gives the function that undoes this. */
  onDropSubscriptions(end: (error: ServiceError) => void): () => void {
    this.#subscriptions.add(end);
    return () => this.#subscriptions.delete(end);
  }

  /** For the server: calls `end` when calls for appends are ended. Gives the function that undoes this. */
  onEndAppendCalls(end: () => void): () => void {
    this.#appendCalls.add(end);
    return () => this.#appendCalls.delete(end);
  }

  /** For the server: called before it sends a message of a read or a subscription. */
  sending(): void {
    this.pauseAfterMessages -= 1;
    if (this.pauseAfterMessages >= 0) return;
    this.pauseAfterMessages = Number.POSITIVE_INFINITY;
    this.isPaused = true;
  }

  /** For the server: resolves when it does not stall. */
  async running(): Promise<void> {
    while (this.#paused !== undefined) await this.#paused.promise;
  }

  /** For the server: resolves when a subscription that began at this time of `performance.now` may continue. */
  async flow(begunAt: number): Promise<void> {
    while (this.#stalled !== undefined && begunAt < this.#stalledAt) await this.#stalled.promise;
  }
}

function isTimes(fault: unknown): fault is Times<unknown> {
  return typeof fault === 'object' && fault !== null && 'left' in fault;
}
