import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { PNG } from '../../support/png.ts';
import { environment } from '../../support/process.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { type Claimed, WORKER, WorkerClient } from './worker-client.ts';

const PAGE = readFileSync(new URL('../../../docs/workers.md', import.meta.url), 'utf8');
const BLOCKS = Array.from(PAGE.matchAll(/^```sh needs a server\n([\s\S]*?)^```$/gm), ([, script = '']) => script);

describe('the walk-through of docs/workers.md', () => {
  const client = new WorkerClient();
  const folder = temporaryDirectory();

  /** Where the image is. */
  const host = createServer((_request, response) => response.end(PNG));

  before(async () => {
    host.listen(0, '127.0.0.1');
    await once(host, 'listening');
  });

  after(() => {
    host.close();
    folder.remove();
  });

  const run = async (script: string, env: NodeJS.ProcessEnv = {}) => {
    const { url } = client.service;
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', script.replaceAll('http://127.0.0.1:3000', url)], {
      cwd: folder.path,
      env: environment({
        ...{ PATH: `${dirname(process.execPath)}:${process.env.PATH}`, TOKEN: client.service.token(WORKER) },
        ...env,
      }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, said, [code]] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')]);
    expect(code, said).to.equal(0);
    return JSON.parse(out) as object;
  };

  it('claims an import, fetches its image and brings it', async () => {
    await client.claim();
    const id = await client.requested(`url=http://127.0.0.1:${(host.address() as AddressInfo).port}/1.png`);
    expect(BLOCKS).to.have.length(4);
    expect(await run(BLOCKS.slice(0, 3).join(''))).to.include({ status: 'succeeded', attempts: 1 });
    expect(await client.statusOf(id)).to.include({ status: 'succeeded' });
  });

  it('says why it could not', async () => {
    await client.requested();
    const [claim] = (await client.claim()) as [Claimed];
    const status = await run(BLOCKS[3] as string, { CLAIM: claim.id });
    expect(status).to.include({ status: 'waiting', reason: 'source_unavailable' });
  });
});
