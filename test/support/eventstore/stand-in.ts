import { randomUUID } from 'node:crypto';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { Server } from '@grpc/grpc-js';
import { Appends } from './appends.ts';
import { Faults } from './faults.ts';
import { visibleInAll } from './filter.ts';
import { type GossipMember, gossipHandlers } from './gossip.ts';
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
  /** The one that `CA_FILE` holds unless set. */
  readonly certificate?: Certificate;
  /** Whom alone the streams are open to; without them everybody. A client sends none unless it speaks TLS. */
  readonly credentials?: Credentials;
  readonly version?: string;
  /** Whether the server knows BatchAppend; an older one does not, and is appended to call by call. */
  readonly batchAppend?: boolean;
  /** Whether the server can be asked what it supports at all. */
  readonly serverFeatures?: boolean;
}

/** An event as it lies in the log. */
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

/** What was asked for so far, and how many messages reads and subscriptions were sent. */
export interface Calls {
  readonly appends: number;
  /** Of the appends: repeats that came too soon, which are never answered. */
  readonly dropped: number;
  readonly reads: number;
  readonly subscriptions: number;
  readonly responses: number;
  /** Messages that were zipped, of all stand-ins in this process. */
  readonly zipped: number;
}

export interface StandIn {
  readonly port: number;
  /** A connection string. */
  readonly url: string;
  readonly faults: Faults;
  readonly calls: Calls;
  /** Whom the server tells of when it is asked for the cluster's members; itself as the leader unless set. */
  gossip: readonly GossipMember[];
  /** What $all shows, in its order. */
  events(): StoredEvent[];
  /** Appends what others write: events of another's stream, or of the system where the name begins with `$`. */
  appendForeign(stream: string, count?: number): void;
  /** Deletes a stream for good. */
  tombstone(stream: string): void;
  /** Deletes a stream so that it can be begun again. */
  deleteSoftly(stream: string): void;
  /** As a killed process goes: what is in flight fails and connections are reset. */
  stop(): Promise<void>;
  /** Again, at the same port and with the events that were there. */
  start(): Promise<void>;
}

/**
 * Starts a stand-in for an EventStoreDB 24.10, for tests: the real protocol over real connections, so that it is the real client
 * that is tested, with its errors and its reconnects. The log is in memory. What it does and how it words it follows the server's
 * source (github.com/EventStore/EventStore); it has appends, reads, subscriptions to $all, gossip and server features only.
 */
export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const {
    tls = false,
    certificate = 'certificate',
    credentials,
    version = '24.10.0',
    batchAppend = true,
    serverFeatures = true,
  } = options;
  const log = new Log();
  const calls = { reads: 0, subscriptions: 0, responses: 0 };
  const server = new AbruptServer(tls ? certificate : null, addServices);
  const faults = new Faults(() => server.dropConnections());
  const appends = new Appends(log, faults, (peer) => server.dropConnection(peer));
  let gossip: readonly GossipMember[] | undefined;
  writeSystemEvents(log);
  zipAnswers();
  await server.start();
  const { port } = server;

  function addServices(grpc: Server): void {
    const { batchAppend: batchAppendMethod, ...otherStreamsMethods } = StreamsService;
    const handlers = streamsHandlers({ log, faults, appends, credentials, calls });
    grpc.addService(batchAppend ? StreamsService : otherStreamsMethods, handlers);
    grpc.addService(GossipService, gossipHandlers(members, faults));
    const methods = Object.values(batchAppend ? StreamsService : otherStreamsMethods);
    if (serverFeatures) grpc.addService(ServerFeaturesService, serverFeaturesHandlers(version, methods, faults));
  }

  function members(): readonly GossipMember[] {
    return gossip ?? [{ address: '127.0.0.1', port: server.port }];
  }

  return {
    port,
    url: tls ? secureUrl(port, credentials) : `esdb://127.0.0.1:${port}?tls=false`,
    faults,
    get calls() {
      return { ...calls, appends: appends.count, dropped: appends.dropped, zipped: zipped() };
    },
    get gossip() {
      return members();
    },
    set gossip(members) {
      gossip = members;
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

/** What a server of its own accord has written before anybody else does; the first of it is not to be seen in $all. */
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
