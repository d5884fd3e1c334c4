import { randomUUID } from 'node:crypto';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Faults } from './faults.ts';
import { type Filter, filterFrom, visibleInAll } from './filter.ts';
import type { Log } from './log.ts';
import { checkpointResponse, eventResponse, positionFrom } from './messages.ts';
import type { Outlet } from './outlet.ts';
import { comparePositions, type LogRecord, type Position, positionOf } from './record.ts';
import { invalidPosition } from './rpc-errors.ts';

/** How many events the server reads at once, and how many live ones it holds for a subscription that lags. */
const BATCH_SIZE = 32;
const BEFORE_ALL: Position = { commit: -1n, prepare: -1n };
const BEGINNING: Position = { commit: 0n, prepare: 0n };

/** The result of reading one page. */
interface Page {
  readonly matching: readonly LogRecord[];
  readonly considered: number;
  readonly start: Position;
  readonly next: Position;
  /** The index of the first record that was not read. */
  readonly nextIndex: number;
  readonly isEnd: boolean;
}

/**
 * A subscription to $all: catches up page by page, says that it has caught up, then gives new events. If more events come than are held
 * for it, it catches up again (EventStore/EventStore, Enumerator.AllSubscriptionFiltered).
 *
 * It sends a checkpoint after every `checkpoint interval × search window` records, and when it has caught up. While it catches up, a
 * checkpoint can be the position where a page began: after the last record, with a prepare position of 0. A client that resumes there
 * must send both halves. If it sends the commit position twice, it misses the event that is written there next.
 */
export class Subscription {
  readonly #log: Log;
  readonly #faults: Faults;
  readonly #outlet: Outlet<streams.ReadResp>;
  readonly #filter: Filter;
  readonly #searchWindow: number;
  /** After how many records a checkpoint is due; undefined if there are no checkpoints. */
  readonly #checkpointInterval: number | undefined;
  /** The event or checkpoint that was sent last. Only later ones are sent. */
  #at: Position;
  #lastCheckpoint = BEFORE_ALL;
  readonly #begunAt = performance.now();
  /** The index of the first record that was not yet handled as a live one. */
  #live: number;
  #sinceLiveCheckpoint = 0;

  constructor(log: Log, faults: Faults, options: streams.ReadReq.Options, outlet: Outlet<streams.ReadResp>) {
    this.#log = log;
    this.#faults = faults;
    this.#outlet = outlet;
    const filter = options.getFilter();
    this.#filter = filter === undefined ? visibleInAll : filterFrom(filter);
    this.#searchWindow = filter?.hasMax() ? filter.getMax() : BATCH_SIZE;
    this.#checkpointInterval = filter && filter.getCheckpointintervalmultiplier() * this.#searchWindow;
    this.#live = log.records.length;
    this.#at = this.#startingPosition(options.getAll());
  }

  /** Runs until nobody listens any more. */
  async run(): Promise<void> {
    const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
    await this.#send(new streams.ReadResp().setConfirmation(confirmation));
    if (comparePositions(this.#at, this.#head()) >= 0) await this.#goLive();
    while (!this.#outlet.gone.aborted) {
      await this.#catchUp();
      await this.#goLive();
    }
  }

  #startingPosition(options: streams.ReadReq.Options.AllOptions | undefined): Position {
    if (options?.hasEnd()) return this.#head();
    return options?.hasPosition() ? positionFrom(options.getPosition()) : BEFORE_ALL;
  }

  async #catchUp(): Promise<void> {
    let sinceCheckpoint = 0;
    let page: Page | undefined;
    while (!page?.isEnd && !this.#outlet.gone.aborted) {
      page = this.#readPage(page?.next ?? this.#at);
      this.#live = page.nextIndex;
      await this.#sendAheadOf(page.matching);
      for (const record of page.matching) await this.#sendEvent(record);
      sinceCheckpoint += page.considered;
      if (page.isEnd || sinceCheckpoint >= (this.#checkpointInterval ?? Infinity)) {
        sinceCheckpoint %= this.#checkpointInterval ?? 1;
        if (comparePositions(this.#at, page.start) < 0) this.#at = page.start;
        await this.#sendCheckpoint(this.#at);
      }
    }
  }

  /** Says that it has caught up, and gives live events until it lags. */
  async #goLive(): Promise<void> {
    await this.#send(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
    while (!this.#outlet.gone.aborted) {
      await this.#log.grownBeyond(this.#live, this.#outlet.gone);
      const records = this.#log.records.slice(this.#live);
      if (records.filter(this.#filter).length > BATCH_SIZE) {
        await this.#send(new streams.ReadResp().setFellBehind(new streams.ReadResp.FellBehind()));
        await this.#sendCheckpoint(this.#at);
        return;
      }
      this.#live += records.length;
      await this.#sendAheadOf(records.filter(this.#filter));
      for (const record of records) await this.#sendLive(record);
    }
  }

  async #sendLive(record: LogRecord): Promise<void> {
    if (this.#filter(record)) await this.#sendEvent(record);
    this.#sinceLiveCheckpoint += 1;
    if (this.#sinceLiveCheckpoint < (this.#checkpointInterval ?? Infinity)) return;
    this.#sinceLiveCheckpoint = 0;
    if (comparePositions(positionOf(record), this.#at) < 0) return;
    this.#at = positionOf(record);
    await this.#sendCheckpoint(this.#at);
  }

  async #sendEvent(record: LogRecord): Promise<void> {
    if (comparePositions(positionOf(record), this.#at) <= 0) return;
    this.#at = positionOf(record);
    await this.#send(eventResponse(record));
  }

  async #sendCheckpoint(position: Position): Promise<void> {
    if (this.#checkpointInterval === undefined || comparePositions(position, this.#lastCheckpoint) <= 0) return;
    this.#lastCheckpoint = position;
    await this.#send(checkpointResponse(position));
  }

  /** The fault `checkpointsAhead`: sends a checkpoint at the last event before the events. */
  async #sendAheadOf(records: readonly LogRecord[]): Promise<void> {
    const last = records.at(-1);
    if (this.#faults.checkpointsAhead && last !== undefined) await this.#sendCheckpoint(positionOf(last));
  }

  async #send(response: streams.ReadResp): Promise<void> {
    await this.#faults.flow(this.#begunAt);
    await this.#outlet.write(response);
  }

  /** Reads from a position on, inclusively, until the page is full or the window is searched. */
  #readPage(from: Position): Page {
    const start = from.commit < 0n ? BEGINNING : from;
    if (!this.#log.isBoundary(start.commit)) throw invalidPosition();
    const matching: LogRecord[] = [];
    let [considered, next, isEnd] = [0, start, false];
    let index = this.#log.indexFrom(start.commit);
    while (matching.length < BATCH_SIZE && considered < this.#searchWindow) {
      const record = this.#log.records[index];
      if (record === undefined) {
        isEnd = true;
        break;
      }
      index += 1;
      if (comparePositions(positionOf(record), start) < 0) continue;
      considered += 1;
      if (this.#filter(record)) matching.push(record);
      next = { commit: record.end, prepare: 0n };
    }
    return { matching, considered, start, next, nextIndex: index, isEnd };
  }

  #head(): Position {
    const { last } = this.#log;
    return last === undefined ? BEFORE_ALL : positionOf(last);
  }
}
