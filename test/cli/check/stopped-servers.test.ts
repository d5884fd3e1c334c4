import { expect } from 'chai';
import { type StandInProcess, startStandInProcess } from '../../support/eventstore/stand-in-process.ts';
import { describeWithOwnMongodb, startMongodb, type TestMongodb } from '../../support/mongodb.ts';
import { withClient } from '../../support/mongodb-server.ts';
import { startImports } from '../../support/process.ts';
import { startTestService, type TestService } from '../../support/service.ts';
import { until } from '../../support/until.ts';

/** With `-t 1`; each engine alone would have waited for nine. What a process takes on a busy machine by itself comes in addition. */
const ANSWERED_WITHIN_MS = 7_000;

describeWithOwnMongodb('servers that are stopped (SIGSTOP)', () => {
  let eventStore: StandInProcess;
  let mongodb: TestMongodb;
  let env: NodeJS.ProcessEnv;
  let service: TestService;
  const pids: Record<string, number> = {};

  before(async () => {
    eventStore = await startStandInProcess();
    mongodb = await startMongodb();
    await withClient(mongodb.url('admin'), async (client) => {
      pids.MongoDB = Number((await client.db().command({ serverStatus: 1 })).pid);
    });
    pids.EventStoreDB = eventStore.pid;
    env = { NODE_ENV: 'production', EVENTSTORE_URL: eventStore.url, MONGODB_URL: mongodb.url('stopped') };
    service = await startTestService(env);
  });

  after(async () => {
    await service.stop();
    await mongodb.remove();
    await eventStore.kill();
  });

  for (const [name, part] of [
    ['EventStoreDB', 'log'],
    ['MongoDB', 'read_model'],
  ] as const) {
    it(`are named by check in time, and by /readyz, where ${name} is the one`, async () => {
      const check = async () => {
        const began = performance.now();
        const args = ['check', '-t', '1', '--url', service.operationsUrl];
        const checked = await startImports({ ...env, DATA_DIR: service.dataDir }, args).ended();
        return { checked, ms: performance.now() - began };
      };
      const usual = await check();
      process.kill(pids[name] as number, 'SIGSTOP');
      try {
        const { checked, ms } = await check();
        expect(ms - usual.ms).to.be.below(ANSWERED_WITHIN_MS);
        expect(checked).to.include({ code: 2, stderr: '' });
        expect(checked.stdout).to.match(new RegExp(`^CRITICAL - ${name} did not answer within 1 s[:,|]`));

        const began = performance.now();
        const answer = await fetch(`${service.operationsUrl}/readyz`);
        const said = (await answer.json()) as Readonly<Record<string, unknown>>;
        const other = part === 'log' ? 'read_model' : 'log';
        expect(answer.status).to.equal(503);
        expect(said[part]).to.include(name);
        expect(said[other]).to.equal('ok');
        expect(performance.now() - began).to.be.below(ANSWERED_WITHIN_MS);
      } finally {
        process.kill(pids[name] as number, 'SIGCONT');
      }
      await until('it is ready again', async () => (await fetch(`${service.operationsUrl}/readyz`)).ok || null, 15_000);
    });
  }

  it('are both named by check, where both are', async () => {
    for (const pid of Object.values(pids)) process.kill(pid, 'SIGSTOP');
    try {
      const { code, stdout } = await startImports({ ...env, DATA_DIR: service.dataDir }, [
        ...['check', '-t', '1', '--no-service'],
      ]).ended();
      expect(stdout).to.match(
        /^CRITICAL - (MongoDB and EventStoreDB|EventStoreDB and MongoDB) did not answer within 1 s[,|\n]/,
      );
      expect(code).to.equal(2);
    } finally {
      for (const pid of Object.values(pids)) process.kill(pid, 'SIGCONT');
    }
  });
});
