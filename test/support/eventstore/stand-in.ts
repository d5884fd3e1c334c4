import { randomUUID } from 'node:crypto';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { Server } from '@grpc/grpc-js';
import { Appends } from './appends.ts';
import { Faults } from './faults.ts';
import { visibleInAll } from './filter.ts';
import { gossipHandlers } from './gossip.ts';
import { Log } from './log.ts';
import { contentTypeOf } from './messages.ts';
import type { LogRecord, ProposedEvent } from './record.ts';
import { AbruptServer, CA_FILE, type Certificate } from './server.ts';
import { serverFeaturesHandlers } from './server-features.ts';
import { type Credentials, streamsHandlers } from './streams.ts';
import { zipAnswers, zipped } from './zipped.ts';

export { times } from './faults.ts';
export { CA_FILE };

export interface StandInOptions {
  /** Serves TLS. */
  readonly tls?: boolean;
  /** By default, the certificate in `CA_FILE`. */
  readonly certificate?: Certificate;
  /** The only credentials that may use the streams; if not set, everybody may. A client sends credentials only over TLS. */
  readonly credentials?: Credentials;
  readonly version?: string;
  /** Whether the server can be asked what it supports at all. */
  readonly serverFeatures?: boolean;
}

/** An event as it is in the log. */
export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: bigint;
  readonly position: bigint;
  readonly data: string;
  readonly metadata: string;
  readonly contentType: string;
}

/** How many calls there were so far, and how many messages of reads and subscriptions were sent. */
export interface Calls {
  readonly appends: number;
  /** The repeated appends that came too soon, which are never answered. */
  readonly dropped: number;
  readonly reads: number;
  readonly subscriptions: number;
  readonly responses: number;
  /** The zipped messages of all stand-ins in this process. */
  readonly zipped: number;
}

export interface StandIn {
  readonly port: number;
  /** A connection string. */
  readonly url: string;
  readonly faults: Faults;
  readonly calls: Calls;
  /** The server names the one at this port as the leader of the cluster from now on; by default it names itself. */
  elect(port: number): void;
  /** The events in $all, in its order. */
  events(): StoredEvent[];
  /** Appends events of others; if the name of the stream begins with `$`, events of the system. */
  appendForeign(stream: string, count?: number): void;
  /** Deletes a stream for good. */
  tombstone(stream: string): void;
  /** Deletes a stream so that it can be begun again. */
  deleteSoftly(stream: string): void;
  /** Stops like a killed process: calls under way fail, and connections are reset. */
  stop(): Promise<void>;
  /** Starts again, at the same port and with the same events. */
  start(): Promise<void>;
}

/**
 * Starts a stand-in for an EventStoreDB 24.10, for tests: the real protocol over real connections, so that tests use the real client
 * with its errors and its reconnects. The log is in memory. Its behaviour and its messages follow the server's source
 * (github.com/EventStore/EventStore). It has only appends, reads, subscriptions to $all, gossip and server features.
 */
export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const { tls = false, certificate = 'certificate', credentials, version = '24.10.0', serverFeatures = true } = options;
  const log = new Log();
  const calls = { reads: 0, subscriptions: 0, responses: 0 };
  const server = new AbruptServer(tls ? certificate : null, addServices);
  const faults = new Faults(() => server.dropConnections());
  const appends = new Appends(log, faults, (peer) => server.dropConnection(peer));
  writeSystemEvents(log);
  zipAnswers();
  await server.start();
  const { port } = server;
  let leaderPort = port;

  function addServices(grpc: Server): void {
    grpc.addService(StreamsService, streamsHandlers({ log, faults, appends, credentials, calls }));
    grpc.addService(
      GossipService,
      gossipHandlers(() => ({ address: '127.0.0.1', port: leaderPort }), faults),
    );
    const methods = Object.values(StreamsService);
    if (serverFeatures) grpc.addService(ServerFeaturesService, serverFeaturesHandlers(version, methods, faults));
  }

  return {
    port,
    url: tls ? secureUrl(port, credentials) : `esdb://127.0.0.1:${port}?tls=false`,
    faults,
    get calls() {
      return { ...calls, appends: appends.count, dropped: appends.dropped, zipped: zipped() };
    },
    elect(port) {
      leaderPort = port;
    },
    events: () => log.records.filter(visibleInAll).map(storedEvent),
    appendForeign(stream, count = 1) {
      log.appendNow(
        stream,
        Array.from({ length: count }, () => foreignEvent(stream)),
      );
    },
    tombstone: (stream) => log.tombstone(stream),
    deleteSoftly: (stream) => log.deleteSoftly(stream),
    stop: () => server.stop(),
    async start() {
      log.forgetWrittenIds();
      await server.start();
    },
  };
}

/** The events that a server itself writes at its first start. The first of them is hidden in $all. */
function writeSystemEvents(log: Log): void {
  log.appendNow('$epoch-information', [systemEvent('$epoch-information')]);
  log.appendNow('$$$stats-127.0.0.1:2113', [systemEvent('$metadata')]);
  log.appendNow('$stats-127.0.0.1:2113', [systemEvent('$statsCollected')]);
  log.appendNow('$users', [systemEvent('$UsersInitialized')]);
}

function foreignEvent(stream: string): ProposedEvent {
  return systemEvent(stream.startsWith('$') ? '$statsCollected' : 'SomethingForeign');
}

function systemEvent(type: string): ProposedEvent {
  return { id: randomUUID(), type, isJson: true, data: Buffer.from('{"foreign":true}'), metadata: Buffer.alloc(0) };
}

function storedEvent(record: LogRecord): StoredEvent {
  const { id, type, stream, revision, position, data, metadata } = record;
  const text = { data: Buffer.from(data).toString(), metadata: Buffer.from(metadata).toString() };
  return { id, type, stream, revision, position, ...text, contentType: contentTypeOf(record) };
}

function secureUrl(port: number, credentials: Credentials | undefined): string {
  const user = credentials && [credentials.username, credentials.password].map(encodeURIComponent).join(':');
  return `esdb://${user ? `${user}@` : ''}localhost:${port}?tls=true&tlsCAFile=${encodeURIComponent(CA_FILE)}`;
}
