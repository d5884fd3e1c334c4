import { randomUUID } from 'node:crypto';
import { Keys } from '../../../src/tokens/keys.ts';
import { mintSession } from '../../../src/tokens/mint.ts';
import { type StandIn, type StoredEvent, startStandIn } from '../../support/eventstore/stand-in.ts';
import { imports } from '../../support/imports.ts';
import { describeWithOwnMongodb, startMongodb, type TestMongodb } from '../../support/mongodb.ts';
import {
  type Ended,
  kill,
  listening,
  listeningForOperators,
  startProcess,
  type TestProcess,
} from '../../support/process.ts';
import { DOCUMENT_BODY, JWT_SECRET, USER } from '../../support/service.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';

/** A request is answered within this, whichever engine is away; with room for a machine that has other work. */
export const ANSWERED_WITHIN_MS = 3_000;

/** What is away is told of within this, on such a machine too. */
export const TOLD_WITHIN_MS = 3_000;

export const IMPORTS = '/api/v1/imports';

const { session } = new Keys(JWT_SECRET);

/** A fresh `Authorization` header, of the document's user unless told. */
export function authorization(user = USER): string {
  return `Token token="${mintSession(user, Math.floor(Date.now() / 1000), session)}"`;
}

/** What a caller makes of an answer, and how long it took. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly ms: number;
}

/** What `/readyz` says to operators. */
export interface Readiness {
  readonly status: number;
  readonly log: string;
  readonly read_model: string;
  readonly projector: string;
  readonly events_set_aside: boolean;
  readonly set_aside?: readonly { readonly stream: string; readonly type: string; readonly reason: string }[];
}

/** A process of the service, and its own ways to the stores. */
export interface Node {
  readonly toEventStore: TcpProxy;
  readonly toMongodb: TcpProxy;
  process(): TestProcess;
  request(path: string, init?: RequestInit): Promise<Answered>;
  /** Of the listener for operators. */
  operators(path: string): Promise<Answered>;
  /** The document's request, unless told. */
  post(headers?: Record<string, string>, body?: string): Promise<Answered>;
  list(): Promise<Answered>;
  readiness(): Promise<Readiness>;
  /** The value of a metric without labels; undefined where it is left out. */
  metric(name: string): Promise<number | undefined>;
  /** Once `/readyz` is 200. */
  ready(withinMs?: number): Promise<void>;
  kill(): Promise<void>;
  /** Starts the process again, on whatever port. */
  start(): Promise<void>;
}

/** EventStoreDB (as a stand-in, empty), a database of its own in MongoDB, and nodes of the service on them. */
export interface Engines {
  readonly eventStore: StandIn;
  /** What reaches the engines without a proxy. */
  readonly env: NodeJS.ProcessEnv;
  startNode(env?: NodeJS.ProcessEnv): Promise<Node>;
  /** The command line, on the same stores. */
  imports(...args: string[]): Promise<Ended>;
  /** The events of our streams that begin with `prefix`. */
  events(prefix?: string): StoredEvent[];
  stop(): Promise<void>;
}

/** Describes what runs on EventStoreDB and MongoDB; the server of MongoDB is one for all of it. */
export function describeOnEngines(title: string, body: (mongodb: () => TestMongodb) => void): void {
  describeWithOwnMongodb(title, () => {
    let mongodb: TestMongodb;
    before(async () => {
      mongodb = await startMongodb();
    });
    after(() => mongodb?.remove());
    body(() => mongodb);
  });
}

export async function startEngines(mongodb: TestMongodb): Promise<Engines> {
  const eventStore = await startStandIn();
  const database = `imports_${randomUUID().slice(0, 8)}`;
  const nodes: Node[] = [];
  // Nothing may be written to the data directory: there can be none.
  const settings = { NODE_ENV: 'development', JWT_SECRET, PORT: '0', DATA_DIR: '/proc/none/data' };
  const env = { ...settings, EVENTSTORE_URL: eventStore.url, MONGODB_URL: mongodb.url(database) };
  return {
    eventStore,
    env,
    async startNode(further = {}) {
      const toEventStore = await startProxy(eventStore.port);
      const toMongodb = await startProxy(mongodb.port);
      const node = nodeOf(toEventStore, toMongodb, {
        ...settings,
        EVENTSTORE_URL: `esdb://127.0.0.1:${toEventStore.port}?tls=false`,
        MONGODB_URL: `mongodb://127.0.0.1:${toMongodb.port}/${database}`,
        ...further,
      });
      nodes.push(node);
      await node.start();
      return node;
    },
    imports: (...args) => imports(env, ...args),
    events: (prefix = 'import-') => eventStore.events().filter(({ stream }) => stream.startsWith(prefix)),
    async stop() {
      for (const { kill, toEventStore, toMongodb } of nodes) {
        await kill();
        await toEventStore.stop();
        await toMongodb.stop();
      }
      await eventStore.stop();
    },
  };
}

function nodeOf(toEventStore: TcpProxy, toMongodb: TcpProxy, env: NodeJS.ProcessEnv): Node {
  let service: TestProcess | undefined;
  let url = '';
  let operationsUrl = '';

  const node: Node = {
    toEventStore,
    toMongodb,
    process: () => service as TestProcess,
    operators: (path) => node.request(new URL(path, operationsUrl).href),
    async request(path, init = {}) {
      const began = performance.now();
      const answer = await fetch(new URL(path, url), {
        ...init,
        headers: { Authorization: authorization(), ...init.headers },
      });
      const text = await answer.text();
      return { status: answer.status, text, headers: answer.headers, ms: performance.now() - began };
    },
    post: (headers = {}, body = DOCUMENT_BODY) =>
      node.request(IMPORTS, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      }),
    list: () => node.request(IMPORTS),
    async readiness() {
      const { status, text } = await node.operators('/readyz?verbose');
      return { ...(JSON.parse(text) as Readiness), status };
    },
    async metric(name) {
      const { text } = await node.operators('/metrics');
      const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
      return value === undefined ? undefined : Number(value);
    },
    async ready(withinMs) {
      await until('the node is ready', async () => (await node.readiness()).status === 200, withinMs);
    },
    async kill() {
      if (service !== undefined) await kill(service, 'SIGKILL');
    },
    async start() {
      service = startProcess(env);
      url = await listening(service);
      operationsUrl = await listeningForOperators(service);
    },
  };
  return node;
}

/** The id of the import that a POST answered. */
export function idOf({ text }: Answered): string {
  return (JSON.parse(text) as { id: string }).id;
}

/** Every import that the node lists, page by page, each as its POST answered it. */
export async function everyImport(node: Node): Promise<string[]> {
  const all: string[] = [];
  let path: string | undefined = `${IMPORTS}?limit=500`;
  while (path !== undefined) {
    const { status, headers, text } = await node.request(path);
    if (status !== 200) throw new Error(`the list is refused: ${status} ${text}`);
    all.push(...(JSON.parse(text) as object[]).map((one) => JSON.stringify(one)));
    path = /^<([^>]+)>/.exec(headers.get('link') ?? '')?.[1];
  }
  return all;
}
