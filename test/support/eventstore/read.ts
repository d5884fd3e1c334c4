import streams from '@eventstore/db-client/generated/streams_pb.js';
import { filterFrom, visibleInAll } from './filter.ts';
import type { Log } from './log.ts';
import { eventResponse, positionFrom, streamNameFrom } from './messages.ts';
import type { Outlet } from './outlet.ts';
import type { LogRecord } from './record.ts';
import { invalidPosition, streamDeleted, unimplemented } from './rpc-errors.ts';

type Options = streams.ReadReq.Options;

/** Answers a read of a stream forwards, or of $all: from a position forwards, or from its end backwards, perhaps filtered. */
export async function read(log: Log, options: Options, outlet: Outlet<streams.ReadResp>): Promise<void> {
  const records = options.hasStream() ? recordsOfStream(log, options) : recordsOfAll(log, options);
  if (records === undefined) {
    const identifier = options.getStream()?.getStreamIdentifier();
    const notFound = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier);
    await outlet.write(new streams.ReadResp().setStreamNotFound(notFound));
  } else {
    for (const record of records.take(Number(options.getCount()))) {
      if (outlet.gone.aborted) return;
      await outlet.write(eventResponse(record));
    }
  }
  outlet.end();
}

/** Undefined if there is no such stream. */
function recordsOfStream(log: Log, options: Options): IteratorObject<LogRecord> | undefined {
  if (isBackwards(options)) throw unimplemented('read of a stream backwards');
  const name = streamNameFrom(options.getStream()?.getStreamIdentifier());
  if (log.isDeleted(name)) throw streamDeleted(name);
  // Not by index: a stream that was deleted softly and begun again does not have its first revisions.
  return log
    .stream(name)
    ?.values()
    .filter(({ revision }) => revision >= Number(options.getStream()?.getRevision()));
}

/** Forwards from the record at a position; or backwards from the newest record that there was when the read began. */
function recordsOfAll(log: Log, options: Options): IteratorObject<LogRecord> {
  const all = options.getAll();
  if (!isBackwards(options) && all?.hasPosition() && !options.hasFilter()) {
    const { commit } = positionFrom(all.getPosition());
    if (!log.isBoundary(commit)) throw invalidPosition();
    return log.records.slice(log.indexFrom(commit)).values().filter(visibleInAll);
  }
  if (!isBackwards(options) || !all?.hasEnd()) throw unimplemented('read of $all but from its end, or from a position');
  const filter = options.getFilter();
  return backwards(log.records).filter(filter === undefined ? visibleInAll : filterFrom(filter));
}

function isBackwards(options: Options): boolean {
  return options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
}

function* backwards(records: readonly LogRecord[]): Generator<LogRecord, void> {
  for (let index = records.length - 1; index >= 0; index -= 1) yield records[index] as LogRecord;
}
