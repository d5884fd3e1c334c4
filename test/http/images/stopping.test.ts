import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { Performing } from '../../support/performed.ts';
import { largePng } from '../../support/png.ts';
import { startTestService, type TestService } from '../../support/service.ts';
import { until } from '../../support/until.ts';

describe('a service that stops', () => {
  let service: TestService;
  let performing: Performing;

  const requested = async () => ((await (await service.post('url=https://e.com')).json()) as { id: string }).id;

  beforeEach(async () => {
    service = await startTestService();
    performing = new Performing(() => service.service.services);
  });

  it('answers those that wait for a change at once, with what is now', async () => {
    const id = await requested();
    const { streams } = service.service.services;
    const waiting = service.request(`/api/v1/imports/${id}/status`, { headers: { Prefer: 'wait=30' } });
    await until('it waits', () => streams.open === 1);
    const stopped = service.stop();
    const answer = await waiting;
    expect([answer.status, answer.headers.get('connection')]).to.deep.equal([200, 'close']);
    expect(((await answer.json()) as { status: string }).status).to.equal('waiting');
    await stopped;
  });

  it('finishes the downloads that are under way, and ends their connections', async () => {
    const bytes = largePng(300_000);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const blobs = new MemoryBlobs();
    const held = new Readable({ read() {} });
    blobs.read = async () => ({ bytes: bytes.length, stream: held });
    Object.assign(service.service.services, { blobs });
    const image = await performing.succeed(await requested(), { sha256, bytes: bytes.length });
    held.push(bytes.subarray(0, 100_000));
    const answer = await service.request(`/api/v1/images/${image.id}/original`);
    const reading = answer.arrayBuffer();
    await until('it is under way', () => service.service.services.streams.open === 1);
    const { stop } = service.service;
    Object.assign(service.service, { stop: () => stop(20_000) });
    const began = performance.now();
    const stopped = service.stop();
    held.push(bytes.subarray(100_000));
    held.push(null);
    expect(Buffer.from(await reading).equals(bytes)).to.equal(true);
    await stopped;
    expect(performance.now() - began).to.be.below(15_000);
  });

  it('tells a worker that waits for work that there is none', async () => {
    const worker = '7e1f9d2c-3b4a-4c5d-9e6f-0a1b2c3d4e5f';
    await service.register(worker, '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83', 'worker');
    const waiting = service.request('/api/v1/work/claims', {
      method: 'POST',
      headers: { Authorization: service.authorization(worker), 'Content-Type': 'application/json' },
      body: '{"wait_seconds":30}',
    });
    await until('it waits', () => service.service.services.streams.open === 1);
    const stopped = service.stop();
    expect(await (await waiting).json()).to.deep.equal([]);
    await stopped;
  });
});
