import { expect } from 'chai';
import { describeWithMongoJavaServer, startMongoJavaServer } from '../../support/mongo-java-server.ts';
import type { TestMongodb } from '../../support/mongodb.ts';
import type { TcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { type Engines, everyImport, IMPORTS, idOf, type Node, startEngines } from './engines.ts';

/** So many requests are under way at once: a list, a POST, and GETs of one import. */
const UNDER_WAY = 4;

describeWithMongoJavaServer("the service whose connections to MongoDB are lost, though others' are not", () => {
  let mongodb: TestMongodb;
  let engines: Engines;
  let node: Node;
  let load: Load;

  before(async () => {
    mongodb = await startMongoJavaServer();
  });

  after(() => mongodb?.remove());

  beforeEach(async () => {
    engines = await startEngines(mongodb);
    node = await engines.startNode();
    await node.ready();
    load = await startLoad(node);
  });

  afterEach(async () => {
    await load?.stop();
    await engines?.stop();
  });

  /** The node is ready as it is, and every POST that was answered is in the list. */
  async function expectAllIsWell(): Promise<void> {
    await node.ready();
    await until('the list has every POST', async () => {
      const listed = new Set(await everyImport(node));
      return load.posted.every((text) => listed.has(text));
    });
  }

  for (const [what, times, lose] of [
    ['ended, twelve times', 12, (proxy) => proxy.end()],
    ['reset, three times', 3, (proxy) => proxy.reset()],
    ['half closed, three times', 3, (proxy) => proxy.halfClose()],
    ['cut in the middle of an answer, three times', 3, (proxy) => proxy.cutAnswersAfter(20)],
  ] as [string, number, (proxy: TcpProxy) => void][]) {
    it(`tells nobody where all are ${what}`, async () => {
      for (let time = 0; time < times; time += 1) {
        lose(node.toMongodb);
        // By then each has asked over another connection.
        await load.goesOn();
      }
      await load.stop();
      expect(load.answers).to.deep.equal({ 200: load.answers[200] });
      await expectAllIsWell();
    });
  }

  for (const [what, lose] of [
    [
      'refused for a while',
      async (proxy) => {
        proxy.cut();
        await until('it is told', () => (load.answers[503] ?? 0) > 100);
        proxy.resume();
      },
    ],
    [
      'silent for ever',
      async (proxy) => {
        proxy.isolate();
        proxy.resume();
      },
    ],
  ] as [string, (proxy: TcpProxy) => Promise<void>][]) {
    it(`answers with nothing but 200 and 503, and is ready again by itself, where all are ${what}`, async () => {
      await lose(node.toMongodb);
      await node.ready();
      await load.goesOn();
      await load.stop();
      expect(['200', '503']).to.include.members(Object.keys(load.answers));
      await expectAllIsWell();
    });
  }
});

/** Requests that follow each other for as long as it is not stopped. */
interface Load {
  /** How many there were of each status. */
  readonly answers: Record<number, number>;
  /** What the POSTs were answered. */
  readonly posted: string[];
  /** Once each of those that are under way now is over, and the next of each too. */
  goesOn(): Promise<void>;
  stop(): Promise<void>;
}

async function startLoad(node: Node): Promise<Load> {
  const path = `${IMPORTS}/${idOf(await node.post())}`;
  const answers: Record<number, number> = {};
  const posted: string[] = [];
  const turns: number[] = new Array(UNDER_WAY).fill(0);
  let isStopped = false;
  const asking = async (place: number) => {
    for (; !isStopped; turns[place] = (turns[place] as number) + 1) {
      const { status, text } = await (place === 0 ? node.list() : place === 1 ? node.post() : node.request(path));
      answers[status] = (answers[status] ?? 0) + 1;
      if (place === 1 && status === 200) posted.push(text);
    }
  };
  const all = turns.map((_, place) => asking(place));
  const load: Load = {
    answers,
    posted,
    async goesOn() {
      const before = [...turns];
      await until('all go on', () => turns.every((turn, place) => turn > (before[place] as number) + 1));
    },
    async stop() {
      isStopped = true;
      await Promise.all(all);
    },
  };
  await load.goesOn();
  return load;
}
