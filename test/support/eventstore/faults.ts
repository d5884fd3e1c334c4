import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceError } from '@grpc/grpc-js';
import type { Endpoint } from './gossip.ts';
import { notLeader, serverNotReady, unavailable } from './rpc-errors.ts';

/** `hang`: no answer ever comes. `drop`: the connection is gone. */
export type Silence = 'hang' | 'drop';

/** A fault that lasts until it is cleared, or, as `times(n, fault)`, for the next n calls that it concerns. */
export type Fault<T> = T | Times<T>;

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
  /** The append is written, but not answered: to the client its outcome is unknown. */
  afterAppend: Fault<Silence> | undefined;
  /** Appends and reads are refused as by a server that is still starting. */
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
 * What is to go wrong. Set at any time; a fault of calls concerns those that begin after it. Where an append has both a fault before
 * and one after it, only the first happens. A frozen network is `test/support/tcp-proxy.ts`'s to play.
 */
export class Faults implements FaultsOfCalls {
  beforeAppend: Fault<Silence> | undefined;
  afterAppend: Fault<Silence> | undefined;
  notReady: Fault<true> | undefined;
  unavailable: Fault<true> | undefined;
  notLeader: Fault<Endpoint> | undefined;
  hangReads: Fault<true> | undefined;

  /** How long the server is busy with a filtered read before it finds something; as with very many events of others. */
  searchMs = 0;

  /** The server stands still once it has sent so many more messages of reads and subscriptions. */
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

  /** The subscriptions that are under way when this is set get nothing any more, though their connection lives. */
  get stallSubscriptions(): boolean {
    return this.#stalled !== undefined;
  }

  set stallSubscriptions(stall: boolean) {
    if (stall === this.stallSubscriptions) return;
    this.#stalled?.resolve();
    this.#stalled = stall ? Promise.withResolvers() : undefined;
    this.#stalledAt = performance.now();
  }

  /** The server stands still, as while its garbage is collected: it takes nothing and answers nothing, though its connections live. */
  get isPaused(): boolean {
    return this.#paused !== undefined;
  }

  set isPaused(pause: boolean) {
    if (pause === this.isPaused) return;
    this.#paused?.resolve();
    this.#paused = pause ? Promise.withResolvers() : undefined;
  }

  /** Stands still for so long. */
  async pause(forMs: number): Promise<void> {
    this.isPaused = true;
    await sleep(forMs);
    this.isPaused = false;
  }

  /** Ends every subscription with an error. */
  dropSubscriptions(error: ServiceError = unavailable()): void {
    for (const end of [...this.#subscriptions]) end(error);
  }

  /** Ends every call for appends without an error, as a server that shuts down may; what it was sent is not answered. */
  endAppendCalls(): void {
    for (const end of [...this.#appendCalls]) end();
  }

  /** From now on nothing goes wrong. What hangs goes on hanging; what is stalled flows. */
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

  /** For the server: the fault that concerns this call; it counts as one of the fault's times. */
  take<K extends keyof FaultsOfCalls>(name: K): FaultOf<K> | undefined {
    const fault = this[name];
    if (!isTimes(fault)) return fault as FaultOf<K> | undefined;
    fault.left -= 1;
    if (fault.left <= 0) Object.assign(this, { [name]: undefined });
    return fault.fault as FaultOf<K>;
  }

  /** For the server: the error that this call is to be refused with. */
  refusal(): ServiceError | undefined {
    if (this.take('notReady')) return serverNotReady();
    if (this.take('unavailable')) return unavailable();
    const leader = this.take('notLeader');
    return leader && notLeader(leader);
  }

  /** For the server: `end` is called with the error when subscriptions are dropped. Gives what takes it back. */
  onDropSubscriptions(end: (error: ServiceError) => void): () => void {
    this.#subscriptions.add(end);
    return () => this.#subscriptions.delete(end);
  }

  /** For the server: `end` is called when calls for appends are ended. Gives what takes it back. */
  onEndAppendCalls(end: () => void): () => void {
    this.#appendCalls.add(end);
    return () => this.#appendCalls.delete(end);
  }

  /** For the server: it is about to send a message of a read or a subscription. */
  sending(): void {
    this.pauseAfterMessages -= 1;
    if (this.pauseAfterMessages >= 0) return;
    this.pauseAfterMessages = Number.POSITIVE_INFINITY;
    this.isPaused = true;
  }

  /** For the server: resolves once it does not stand still. */
  async running(): Promise<void> {
    while (this.#paused !== undefined) await this.#paused.promise;
  }

  /** For the server: resolves once a subscription may flow that began at this time of `performance.now`. */
  async flow(begunAt: number): Promise<void> {
    while (this.#stalled !== undefined && begunAt < this.#stalledAt) await this.#stalled.promise;
  }
}

function isTimes(fault: unknown): fault is Times<unknown> {
  return typeof fault === 'object' && fault !== null && 'left' in fault;
}
