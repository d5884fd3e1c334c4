import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { OPERATIONS_STREAM } from '../../src/events/streams.ts';
import { imports } from '../support/imports.ts';
import { DOCUMENT_BODY, JWT_SECRET, startTestService, type TestService } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';
import { startWebhookReceiver } from '../support/webhook-receiver.ts';

describe('a service on a log that was restored to the same place', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>;
  let service: TestService | null;
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    directory = temporaryDirectory();
    receiver = await startWebhookReceiver();
    service = null;
    env = { NODE_ENV: 'development', JWT_SECRET, DATA_DIR: join(directory.path, 'data'), IMPORTER: 'on' };
  });

  afterEach(async () => {
    await service?.stop();
    await receiver.stop();
    directory.remove();
  });

  /** Stops it and leaves its files. */
  const stop = async () => {
    await service?.service.stop(1_000);
    service = null;
  };
  const post = async (on: TestService) => ((await (await on.post(DOCUMENT_BODY)).json()) as { id: string }).id;

  it('holds webhooks, performs what is asked for from then on, and has all views', async () => {
    service = await startTestService(env);
    const made = await service.request('/api/v1/webhooks', {
      method: 'POST',
      body: JSON.stringify({ url: receiver.url, types: ['*'] }),
      headers: { 'Content-Type': 'application/json' },
    });
    const { id: webhook } = (await made.json()) as { id: string };
    const first = await post(service);
    await until('it was sent', () => receiver.received.some(({ event }) => event.subject === first));
    await stop();
    const backup = join(directory.path, 'backup');
    expect(await imports(env, 'backup', backup)).to.include({ code: 0 });
    // Only the log is lost; what was made of it stays.
    const dataDir = env.DATA_DIR as string;
    for (const name of readdirSync(dataDir).filter((file) => file.startsWith('events.db'))) rmSync(join(dataDir, name));
    const { code, stderr } = await imports(env, 'restore', backup, '--yes');
    expect(code, stderr).to.equal(0);

    service = await startTestService(env);
    expect(await (await service.request(`/api/v1/webhooks/${webhook}`)).json()).to.include({ status: 'held' });
    expect((await service.request(`/api/v1/imports/${first}`)).status).to.equal(200);
    const second = await post(service);
    const { log } = service.service.services;
    const marks = (await log.readStream(OPERATIONS_STREAM))
      .filter(({ type }) => type === 'ImporterMarked')
      .map(({ data }) => JSON.parse(data));
    expect(marks).to.have.length(2);
    expect(marks[0].service).not.to.equal(marks[1].service);
    const asked = (await log.readStream(`import-${first}`))[0];
    expect(Number(marks[1].position)).to.be.at.least(Number(asked?.position));

    const since = new Date(Date.now() - 3_600_000).toISOString();
    expect(await imports(env, 'webhooks', 'enable', webhook, '--since', since)).to.include({ code: 0 });
    await until('it is sent', () => receiver.received.some(({ event }) => event.subject === second), 15_000);
  }).timeout(40_000);
});
