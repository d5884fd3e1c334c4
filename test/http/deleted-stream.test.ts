import { expect } from 'chai';
import pino from 'pino';
import { startStandIn } from '../support/eventstore/stand-in.ts';
import { DOCUMENT_BODY, IMPORTS, startTestService, type TestService } from '../support/service.ts';

const OTHER_BODY = 'url=https://me:secret@example.com/1.jpg';

describe('an import whose stream somebody has deleted for good with the tools of EventStoreDB', () => {
  let server: Awaited<ReturnType<typeof startStandIn>>;
  let service: TestService;
  const lines: { readonly problem?: string; readonly err?: { readonly message: string } }[] = [];

  before(async () => {
    server = await startStandIn();
    const logger = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
    service = await startTestService({ EVENTSTORE_URL: server.url }, logger);
  });

  after(async () => {
    await service.stop();
    await server.stop();
  });

  const post = (key: string, body = DOCUMENT_BODY) => service.post(body, { 'Idempotency-Key': key });
  const deleted = async (key: string, body?: string) => {
    const { id } = (await (await post(key, body)).json()) as { id: string };
    server.tombstone(`import-${id}`);
    return id;
  };
  const expectDeleted = async (response: Response) => {
    expect(response.status).to.equal(410);
    expect(response.headers.has('Retry-After')).to.equal(false);
    const { type, detail } = (await response.json()) as { type: string; detail: string };
    expect(type).to.equal('urn:import-api:problem:deleted');
    expect(detail).to.match(
      /^Nothing was recorded: .+deleted for good.+Do not send it again\. .+another Idempotency-Key/,
    );
  };

  it('is not asked for again under the same key: the answer says so for ever, and another key works', async () => {
    await deleted('one');
    const before = server.events().length;
    for (let time = 0; time < 2; time += 1) await expectDeleted(await post('one'));
    expect(server.events()).to.have.length(before);
    expect((await post('another')).status).to.equal(200);
  });

  it('is neither cancelled nor retried, and its events are gone, but not its view', async () => {
    const id = await deleted('two');
    for (const [method, way] of [
      ['POST', 'cancel'],
      ['POST', 'retry'],
      ['GET', 'events'],
    ]) {
      await expectDeleted(await service.request(`${IMPORTS}/${id}/${way}`, { method }));
    }
    expect((await service.request(`${IMPORTS}/${id}`)).status).to.equal(200);
  });

  it('makes no node unready, since all others can be appended to', async () => {
    await deleted('three');
    await expectDeleted(await post('three'));
    const response = await fetch(`${service.operationsUrl}/metrics`);
    expect(await response.text()).to.match(/^imports_log_appends_failing 0$/m);
    expect((await fetch(`${service.operationsUrl}/readyz`)).status).to.equal(200);
  });

  it('is named in the log of the service, which callers do not see', async () => {
    const id = await deleted('four');
    await post('four');
    const line = lines.findLast(({ problem }) => problem === 'deleted');
    expect(line?.err?.message).to.include(`Stream import-${id} was deleted in EventStoreDB`);
  });

  it('leaves no credentials of a request that was not recorded', async () => {
    const id = await deleted('five', OTHER_BODY);
    const { sealed } = service.service.services;
    await sealed.forget(id);
    await expectDeleted(await post('five', OTHER_BODY));
    expect(await sealed.areThere(id)).to.equal(false);
  });
});
