import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { ORGANIZATION } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import {
  type Answered,
  authorization,
  describeOnEngines,
  type Engines,
  everyImport,
  IMPORTS,
  idOf,
  type Node,
  startEngines,
} from './engines.ts';

const notIn = (all: readonly string[], some: readonly string[]) => {
  const known = new Set(all);
  return some.filter((one) => !known.has(one));
};

describeOnEngines('on several nodes that share their stores,', (mongodb) => {
  let engines: Engines;
  let nodes: [Node, Node];

  const start = async (how: 'startNode' | 'startProcess') => {
    engines = await startEngines(mongodb());
    // At once, on stores that are empty: each of them may be the first.
    nodes = await Promise.all([engines[how](), engines[how]()]);
    await Promise.all(nodes.map((node) => node.ready()));
  };

  afterEach(() => engines?.stop());

  it('what one was asked for is on another at once, by id and in the list, to the byte', async () => {
    await start('startNode');
    const [one, other] = nodes;
    const expected: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (const [to, from] of [
        [one, other],
        [other, one],
      ] as const) {
        const posted = await to.post();
        expected.unshift(posted.text);
        const [shown, listed] = await Promise.all([from.request(`${IMPORTS}/${idOf(posted)}`), from.list()]);
        expect([posted.status, shown.status, listed.status]).to.deep.equal([200, 200, 200]);
        expect(shown.text).to.equal(posted.text);
        expect(listed.text).to.equal(`[${expected}]`);
      }
    }
  });

  it('POSTs with one key at once are one event with one answer, and another request with it is refused', async () => {
    await start('startNode');
    const key = { 'Idempotency-Key': 'k' };
    const answers = await Promise.all(Array.from({ length: 40 }, (_, number) => (nodes[number % 2] as Node).post(key)));
    expect([...new Set(answers.map(({ status, text }) => `${status} ${text}`))]).to.deep.equal([
      `200 ${answers[0]?.text}`,
    ]);
    expect(engines.events()).to.have.length(1);
    for (const node of nodes) {
      expect((await node.post(key, 'album_id=other')).status).to.equal(422);
      expect((await node.list()).text).to.equal(`[${answers[0]?.text}]`);
    }
  });

  it('a user is registered and removed for all of them', async () => {
    await start('startNode');
    const user = randomUUID();
    const statuses = () =>
      Promise.all(
        nodes.map(async (node) => {
          const headers = { Authorization: authorization(user) };
          return (await node.request(IMPORTS, { headers })).status;
        }),
      );
    expect(await statuses()).to.deep.equal([401, 401]);
    expect((await engines.imports('users', 'add', '--user', user, '--organization', ORGANIZATION)).code).to.equal(0);
    expect(await statuses()).to.deep.equal([200, 200]);
    expect((await engines.imports('users', 'remove', '--yes', '--user', user)).code).to.equal(0);
    await until('it is refused', async () => String(await statuses()) === '401,401');
  });

  it('what a node appended and did not project before it was killed is projected by another', async () => {
    await start('startProcess');
    const [one, other] = nodes;
    one.toMongodb.freeze();
    const posted = await one.post();
    expect(posted.status).to.equal(200);
    await one.stop();
    await until('the other lists it', async () => (await other.list()).text === `[${posted.text}]`);
    expect((await other.request(`${IMPORTS}/${idOf(posted)}`)).text).to.equal(posted.text);
  });

  it('which are killed again and again under load, every acknowledged POST is there once, and in the views', async function () {
    this.timeout(60_000);
    await start('startProcess');
    const acknowledged: string[] = [];
    let running = true;
    const callers = nodes.flatMap((node) =>
      Array.from({ length: 2 }, async () => {
        while (running) {
          const answer = await untilTaken(node);
          if (answer !== null) acknowledged.push(answer.text);
        }
      }),
    );
    /** With a key, again and again until it is answered, since the node may be killed meanwhile. */
    async function untilTaken(node: Node): Promise<Answered | null> {
      const key = { 'Idempotency-Key': randomUUID() };
      while (running) {
        const answer = await node.post(key).catch(() => null);
        if (answer?.status === 200) return answer;
        if (answer === null) await until('the node is there again', () => !running || isThere(node), 25_000);
        else expect(answer.status).to.equal(503);
      }
      return null;
    }
    const isThere = (node: Node) =>
      node.request('/livez').then(
        () => true,
        () => false,
      );
    try {
      for (const node of nodes) {
        const goal = acknowledged.length + 25;
        await until('more are acknowledged', () => acknowledged.length >= goal);
        await node.stop();
        await node.start();
      }
    } finally {
      running = false;
      await Promise.all(callers);
    }
    expect(new Set(acknowledged).size).to.equal(acknowledged.length);
    const inLog = engines.events().map(({ stream, revision }) => {
      expect(revision).to.equal(0n);
      return stream.slice('import-'.length);
    });
    expect(new Set(inLog).size).to.equal(inLog.length);
    for (const node of nodes) {
      await node.ready();
      const listed = await everyImport(node);
      expect(notIn(listed, acknowledged), 'acknowledged, but not listed').to.deep.equal([]);
      const ids = listed.map((text) => (JSON.parse(text) as { id: string }).id);
      expect(ids.toSorted()).to.deep.equal(inLog.toSorted());
    }
  });

  it('a third that starts later is level with them, and one that ends leaves the others at work', async () => {
    await start('startNode');
    const [one, other] = nodes;
    const posted = await one.post();
    const third = await engines.startNode();
    await third.ready();
    expect((await third.list()).text).to.equal(`[${posted.text}]`);
    await one.stop();
    await third.stop();
    const next = await other.post();
    expect((await other.list()).text).to.equal(`[${next.text},${posted.text}]`);
  });
});
