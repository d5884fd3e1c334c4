import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openCredentials } from '../../src/service/sealed-credentials.ts';
import { readConfig } from '../../src/settings/config.ts';
import { Keys } from '../../src/tokens/keys.ts';
import { imports } from '../support/imports.ts';
import { kill, listening, startProcess, type TestProcess } from '../support/process.ts';
import { JWT_SECRET, ORGANIZATION, USER } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const WHOSEVER = { log: 'this log', take: async () => {} };

describe('the credentials that a POST brought, after its service was killed', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let env: NodeJS.ProcessEnv;
  let service: TestProcess;
  let output: string;

  beforeEach(async () => {
    directory = temporaryDirectory();
    env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path, PORT: '0', LOG_LEVEL: 'trace' };
    await imports(env, 'users', 'add', '--user', USER, '--organization', ORGANIZATION);
    output = '';
  });

  afterEach(async () => {
    await kill(service, 'SIGKILL');
    directory.remove();
  });

  it('are there for each POST that was answered, and in no file and no output as they were sent', async function () {
    this.timeout(60_000);
    const token = (await imports(env, 'token', '--user', USER)).stdout.trim();
    /** Of the acknowledged imports, by id. */
    const sent = new Map<string, string>();
    let number = 0;
    const files: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      service = startProcess(env);
      const url = await listening(service);
      let isRunning = true;
      const callers = Array.from({ length: 8 }, async () => {
        while (isRunning) {
          number += 1;
          const original = `https://me:s3cret-${number}@example.org/${number}.jpg`;
          const answer = await fetch(new URL('/api/v1/imports', url), {
            method: 'POST',
            body: JSON.stringify({ url: original }),
            headers: { Authorization: `Token ${token}`, 'Content-Type': 'application/json' },
          }).catch(() => null);
          const made = answer?.status === 200 ? await answer.json().catch(() => null) : null;
          if (made === null) return;
          sent.set((made as { id: string }).id, original);
        }
      });
      const goal = sent.size + 50;
      await until('more are acknowledged', () => sent.size >= goal, 20_000);
      const { stdout, stderr } = await kill(service, 'SIGKILL');
      isRunning = false;
      await Promise.all(callers);
      output += stdout + stderr;
      const found = readdirSync(directory.path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
      files.push(...found.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')));
    }
    const { credentials, close } = await openCredentials(readConfig(env), new Keys(JWT_SECRET), WHOSEVER, {
      warn: () => {},
    });
    for (const [id, original] of sent) {
      expect(await credentials.of(id)).to.deep.equal([{ place: 'url', original }]);
    }
    await close();
    expect(output).to.include('"msg":"request"');
    for (const text of [output, ...files]) expect(text).to.not.include('s3cret');
  });
});
