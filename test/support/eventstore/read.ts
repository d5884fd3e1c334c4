import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type Filter, filterFrom, visibleInAll } from './filter.ts';
import type { Log } from './log.ts';
import { eventResponse, positionFrom, streamNameFrom } from './messages.ts';
import type { Outlet } from './outlet.ts';
import { comparePositions, type LogRecord, type Position, positionOf } from './record.ts';
import { invalidPosition, streamDeleted } from './rpc-errors.ts';

type Options = streams.ReadReq.Options;

/** Answers a read of a stream or of $all, which may be filtered, in either direction. */
export async function read(log: Log, options: Options, outlet: Outlet<streams.ReadResp>): Promise<void> {
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  const stream = options.getStream();
  const filtered = options.getFilter();
  const filter = filtered === undefined ? visibleInAll : filterFrom(filtered);
  const records =
    stream === undefined
      ? recordsOfAll(log, options.getAll(), filter, backwards)
      : recordsOfStream(log, stream, backwards);
  if (records === undefined) {
    const notFound = new streams.ReadResp.StreamNotFound().setStreamIdentifier(stream?.getStreamIdentifier());
    await outlet.write(new streams.ReadResp().setStreamNotFound(notFound));
  } else {
    for (const record of records.take(Number(options.getCount()))) {
      if (outlet.gone.aborted) return;
      await outlet.write(eventResponse(record));
    }
  }
  outlet.end();
}

/** The records in the order of the read; undefined if there is no such stream. */
function recordsOfStream(
  log: Log,
  options: streams.ReadReq.Options.StreamOptions,
  backwards: boolean,
): IteratorObject<LogRecord> | undefined {
  const name = streamNameFrom(options.getStreamIdentifier());
  if (log.isDeleted(name)) throw streamDeleted(name);
  const records = log.stream(name);
  if (records === undefined) return undefined;
  const from = options.hasEnd() ? records.length : Number(options.getRevision());
  return backwards ? backwardsFrom(records, from) : forwardsFrom(records, from);
}

/** A read forwards includes the record at the position. A read backwards does not: there, a position is after the record. */
function recordsOfAll(
  log: Log,
  options: streams.ReadReq.Options.AllOptions | undefined,
  filter: Filter,
  backwards: boolean,
): IteratorObject<LogRecord> {
  const start = startOfRead(log, options);
  const index = log.indexFrom(start.commit);
  const records = backwards
    ? backwardsFrom(log.records, index - 1)
    : forwardsFrom(log.records, index).filter((record) => comparePositions(positionOf(record), start) >= 0);
  return records.filter(filter);
}

function startOfRead(log: Log, options: streams.ReadReq.Options.AllOptions | undefined): Position {
  if (options?.hasEnd()) return { commit: log.end, prepare: log.end };
  if (!options?.hasPosition()) return { commit: 0n, prepare: 0n };
  const position = positionFrom(options.getPosition());
  if (!log.isBoundary(position.commit)) throw invalidPosition();
  return position;
}

/** A read ends at the end of the log as it was when the read began. */
function* forwardsFrom(records: readonly LogRecord[], from: number): Generator<LogRecord, void> {
  const end = records.length;
  for (let index = from; index < end; index += 1) yield records[index] as LogRecord;
}

function* backwardsFrom(records: readonly LogRecord[], from: number): Generator<LogRecord, void> {
  for (let index = Math.min(from, records.length - 1); index >= 0; index -= 1) yield records[index] as LogRecord;
}
