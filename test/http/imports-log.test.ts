import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { loggerTo } from '../../src/telemetry/logger.ts';
import { IMPORTS, startTestService, type TestService } from '../support/service.ts';
import { until } from '../support/until.ts';

const SECRET = 'LogsNameNoSuchThing';

describe('the log of a service that performs imports', () => {
  let server: Server;
  let service: TestService;
  let lines = '';

  before(async () => {
    server = createServer((request, answer) => {
      if (request.url?.startsWith('/reset')) return void request.socket.destroy();
      if (request.url?.startsWith('/moved')) return void answer.writeHead(302, { location: `/gone?${SECRET}` }).end();
      if (request.url?.startsWith('/away')) {
        return void answer.writeHead(302, { location: `http://user:${SECRET}@10.0.0.1/?${SECRET}` }).end();
      }
      if (request.url?.startsWith('/html')) return void answer.end(`<html>${SECRET}</html>`);
      answer.writeHead(404).end(SECRET);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const env = { IMPORTER: 'on', IMPORT_ALLOWED_HOSTS: '127.0.0.1', IMPORT_ALLOWED_PORTS: String(port) };
    service = await startTestService(env, loggerTo({ write: (line: string) => (lines += line) } as never, 'trace'));
    const origin = `127.0.0.1:${port}`;
    const ids: string[] = [];
    for (const url of [
      `http://user:${SECRET}@${origin}/reset?${SECRET}`,
      `http://${origin}/moved?token=${SECRET}`,
      `http://${origin}/away?token=${SECRET}`,
      `http://${origin}/html?X-Amz-Signature=${SECRET}`,
      `http://${origin}/none?${SECRET}#${SECRET}`,
      `http://no-such-host.example/?${SECRET}`,
      `http://[x?${SECRET}`,
    ]) {
      const body = JSON.stringify({ url, headers: { Authorization: `Bearer ${SECRET}`, 'X-Own': SECRET } });
      ids.push(
        ((await (await service.post(body, { 'Content-Type': 'application/json' })).json()) as { id: string }).id,
      );
    }
    for (const id of ids) {
      await until('it was tried', async () => {
        const status = (await (await service.request(`${IMPORTS}/${id}/status`)).json()) as { reason: string | null };
        return status.reason !== null;
      });
    }
  });

  after(async () => {
    await service.stop();
    server.close();
  });

  it('has lines, and none with a credential or a query', () => {
    expect(lines.split('\n').length).to.be.greaterThan(7);
    expect(lines.split('\n').filter((line) => line.includes(SECRET))).to.deep.equal([]);
  });

  it('is no different from what is measured', async () => {
    for (const path of ['/metrics', '/readyz?verbose']) {
      expect(await (await fetch(service.operationsUrl + path)).text()).to.not.contain(SECRET);
    }
  });
});
