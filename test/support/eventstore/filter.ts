import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { LogRecord } from './record.ts';
import { unimplemented } from './rpc-errors.ts';

export type Filter = (record: LogRecord) => boolean;

/** The real server shows most system events in $all, but not these (EventFilter.DefaultAllFilterStrategy). */
export const visibleInAll: Filter = ({ stream }) =>
  stream !== '$epoch-information' && !/^\$persistentsubscription-\$all::.*-(checkpoint|parked)$/.test(stream);

export function filterFrom(options: streams.ReadReq.Options.FilterOptions): Filter {
  const prefixes = options.getStreamIdentifier()?.getPrefixList() ?? [];
  if (prefixes.length === 0) throw unimplemented('filter but by prefixes of stream names');
  return (record) => visibleInAll(record) && prefixes.some((prefix) => record.stream.startsWith(prefix));
}
