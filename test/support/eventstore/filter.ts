import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { LogRecord } from './record.ts';

export type Filter = (record: LogRecord) => boolean;

type Expression = streams.ReadReq.Options.FilterOptions.Expression;

/** The real server shows most system events in $all, but not these (EventFilter.DefaultAllFilterStrategy). */
export const visibleInAll: Filter = ({ stream }) =>
  stream !== '$epoch-information' && !/^\$persistentsubscription-\$all::.*-(checkpoint|parked)$/.test(stream);

export function filterFrom(options: streams.ReadReq.Options.FilterOptions): Filter {
  const byStream = options.getStreamIdentifier();
  if (byStream !== undefined) return both(matches(byStream), ({ stream }) => stream);
  const byType = options.getEventType();
  if (byType !== undefined) return both(matches(byType), ({ type }) => type);
  return visibleInAll;
}

function both(matching: (text: string) => boolean, textOf: (record: LogRecord) => string): Filter {
  return (record) => visibleInAll(record) && matching(textOf(record));
}

function matches(expression: Expression): (text: string) => boolean {
  const prefixes = expression.getPrefixList();
  if (expression.getRegex() === '') return (text) => prefixes.some((prefix) => text.startsWith(prefix));
  const regex = new RegExp(expression.getRegex());
  return (text) => regex.test(text);
}
