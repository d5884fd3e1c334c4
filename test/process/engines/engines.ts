import { randomUUID } from 'node:crypto';
import { registerDocumentUser } from '../../../src/service/development.ts';
import { Keys } from '../../../src/tokens/keys.ts';
import { mintSession } from '../../../src/tokens/mint.ts';
import { type StandIn, type StoredEvent, startStandIn } from '../../support/eventstore/stand-in.ts';
import { imports } from '../../support/imports.ts';
import { describeWithOwnMongodb, startMongodb, type TestMongodb } from '../../support/mongodb.ts';
import { type Ended, kill, listening, listeningForOperators, startProcess } from '../../support/process.ts';
import { DOCUMENT_BODY, JWT_SECRET, USER } from '../../support/service.ts';
import { startHere } from '../../support/start-here.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';

/** A request is answered within 3 s, whichever engine is away; with room for a machine that has other work. */
const ANSWERED_WITHIN_MS = 10_000;

export const IMPORTS = '/api/v1/imports';

const { session } = new Keys(JWT_SECRET);

/** A fresh `Authorization` header, of the document's user unless told. */
export function authorization(user = USER): string {
  return `Token token="${mintSession(user, Math.floor(Date.now() / 1000), session)}"`;
}

/** What a caller makes of an answer. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
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

/** A service that runs: in the test's process, or in one of its own. */
interface Running {
  readonly url: string;
  readonly operationsUrl: string;
  /** What it has logged so far. */
  log(): string;
  /** In a process of its own it is killed. */
  stop(): Promise<void>;
}

/** A node of the service, and its own ways to the stores. */
export interface Node {
  readonly toEventStore: TcpProxy;
  readonly toMongodb: TcpProxy;
  /** Where it is reached, without a slash at the end. */
  url(): string;
  /** What it has logged so far. */
  log(): string;
  /** @throws where it is not answered in time */
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
  stop(): Promise<void>;
  /** Starts it again, on whatever port. */
  start(): Promise<void>;
}

/** EventStoreDB (as a stand-in, empty), a database of its own in MongoDB, and nodes of the service on them. */
export interface Engines {
  readonly eventStore: StandIn;
  /** What reaches the engines without a proxy. */
  readonly env: NodeJS.ProcessEnv;
  /** Starts a node in this process. */
  startNode(env?: NodeJS.ProcessEnv): Promise<Node>;
  /** Starts a node in a process of its own, which `stop` kills. */
  startProcess(env?: NodeJS.ProcessEnv): Promise<Node>;
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
  const settings = {
    NODE_ENV: 'development',
    JWT_SECRET,
    PORT: '0',
    OPERATIONS_PORT: '0',
    DATA_DIR: '/proc/none/data',
  };
  const env = { ...settings, EVENTSTORE_URL: eventStore.url, MONGODB_URL: mongodb.url(database) };
  const startOne = async (run: typeof startInside, further: NodeJS.ProcessEnv) => {
    const toEventStore = await startProxy(eventStore.port);
    const toMongodb = await startProxy(mongodb.port);
    const urls = {
      EVENTSTORE_URL: `esdb://127.0.0.1:${toEventStore.port}?tls=false`,
      MONGODB_URL: `mongodb://127.0.0.1:${toMongodb.port}/${database}`,
    };
    const node = nodeOf(toEventStore, toMongodb, () => run({ ...settings, ...urls, ...further }));
    nodes.push(node);
    await node.start();
    return node;
  };
  return {
    eventStore,
    env,
    startNode: (further = {}) => startOne(startInside, further),
    startProcess: (further = {}) => startOne(startOutside, further),
    imports: (...args) => imports(env, ...args),
    events: (prefix = 'import-') => eventStore.events().filter(({ stream }) => stream.startsWith(prefix)),
    async stop() {
      for (const { toEventStore, toMongodb } of nodes) await Promise.all([toEventStore.stop(), toMongodb.stop()]);
      await Promise.all(nodes.map((node) => node.stop()));
      await eventStore.stop();
    },
  };
}

async function startInside(env: NodeJS.ProcessEnv): Promise<Running> {
  const lines: string[] = [];
  const service = await startHere(env, (line) => lines.push(line));
  await registerDocumentUser(service);
  return { ...service, log: () => lines.join(''), stop: () => service.stop(0) };
}

async function startOutside(env: NodeJS.ProcessEnv): Promise<Running> {
  const service = startProcess(env);
  return {
    url: await listening(service),
    operationsUrl: await listeningForOperators(service),
    log: () => service.stdout(),
    stop: async () => void (await kill(service, 'SIGKILL')),
  };
}

function nodeOf(toEventStore: TcpProxy, toMongodb: TcpProxy, run: () => Promise<Running>): Node {
  let running: Running | null = null;
  const now = () => running as Running;

  const node: Node = {
    toEventStore,
    toMongodb,
    url: () => now().url,
    log: () => now().log(),
    operators: (path) => node.request(new URL(path, now().operationsUrl).href),
    async request(path, init = {}) {
      const answer = await fetch(new URL(path, now().url), {
        ...init,
        signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
        headers: { Authorization: authorization(), ...init.headers },
      });
      return { status: answer.status, text: await answer.text(), headers: answer.headers };
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
    async stop() {
      const stopped = running;
      running = null;
      await stopped?.stop();
    },
    async start() {
      running = await run();
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
