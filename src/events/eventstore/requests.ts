import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { StreamNames } from './stream-names.ts';

/**
 * Requests to EventStoreDB, as messages of its protocol. The client's own `readAll` takes no filter, parses what it reads, and gives
 * checkpoints and `caughtUp` out of order with the events.
 */

/** A place in the log of all events. The two halves of a checkpoint may differ, and both are needed to continue there. */
export interface Place {
  readonly commit: bigint;
  readonly prepare: bigint;
}

export type From = Place | 'start';

/** After so many events of other writers the server sends a checkpoint. */
const SEARCH_WINDOW_EVENTS = 1_024;

const { AllOptions, FilterOptions, Position, ReadDirection, StreamOptions, SubscriptionOptions, UUIDOption } =
  streams.ReadReq.Options;

/** A stream, by its name on the server, from a revision on. */
export function ofStream(stream: string, fromRevision: number, maxCount: number): streams.ReadReq {
  const from = new StreamOptions()
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(bytesOf(stream)))
    .setRevision(String(fromRevision));
  const options = new streams.ReadReq.Options().setStream(from).setCount(String(maxCount));
  return requestFor(options.setNoFilter(new shared.Empty()));
}

/** The very last event of any writer. */
export function lastOfAll(): streams.ReadReq {
  return requestFor(backwards(1).setNoFilter(new shared.Empty()));
}

/** The event of any writer at a place, or the next one if none is left there. The server refuses a place at which no record begins. */
export function fromPlace(place: Place): streams.ReadReq {
  const options = new streams.ReadReq.Options().setAll(new AllOptions().setPosition(positionOf(place)));
  return requestFor(options.setReadDirection(ReadDirection.FORWARDS).setCount('1').setNoFilter(new shared.Empty()));
}

/** Our events, the newest first: the server skips those of other writers. */
export function oursBackwards(names: StreamNames): streams.ReadReq {
  return requestFor(backwards(Number.MAX_SAFE_INTEGER).setFilter(ourFilter(names)));
}

/**
 * Our events after a place, and new ones as they come. Among the events, in order, the server sends how far it has read (`checkpoint`),
 * that it has sent all that there was (`caughtUp`), and that it no longer has (`fellBehind`).
 */
export function oursAfter(from: From, names: StreamNames): streams.ReadReq {
  const all = new AllOptions();
  if (from === 'start') all.setStart(new shared.Empty());
  else all.setPosition(positionOf(from));
  const options = new streams.ReadReq.Options().setAll(all).setSubscription(new SubscriptionOptions());
  return requestFor(options.setFilter(ourFilter(names)));
}

function positionOf({ commit, prepare }: Place) {
  return new Position().setCommitPosition(String(commit)).setPreparePosition(String(prepare));
}

function backwards(maxCount: number): streams.ReadReq.Options {
  return new streams.ReadReq.Options()
    .setAll(new AllOptions().setEnd(new shared.Empty()))
    .setReadDirection(ReadDirection.BACKWARDS)
    .setCount(String(maxCount));
}

function ourFilter(names: StreamNames): streams.ReadReq.Options.FilterOptions {
  return new FilterOptions()
    .setStreamIdentifier(new FilterOptions.Expression().setPrefixList(names.beginnings))
    .setMax(SEARCH_WINDOW_EVENTS)
    .setCheckpointintervalmultiplier(1);
}

function requestFor(options: streams.ReadReq.Options): streams.ReadReq {
  return new streams.ReadReq().setOptions(options.setUuidOption(new UUIDOption().setString(new shared.Empty())));
}

/** A plain `Uint8Array`: the message would take a Buffer for text. */
function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
