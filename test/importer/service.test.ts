import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { describeOnEachStores } from '../support/for-each-stores.ts';
import { type ImageServer, startImageServer } from '../support/image-server.ts';
import { testService } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

describeOnEachStores('a service that performs imports', (stores) => {
  const blobs = temporaryDirectory();
  let images: ImageServer;
  const guarded = createServer();
  const seen: IncomingMessage[] = [];

  before(async () => {
    images = await startImageServer();
    guarded.on('request', (request, response) => {
      seen.push(request);
      if (request.headers.authorization === 'Bearer s3cret') response.end(images.bytesOf('guarded'));
      else response.writeHead(401).end();
    });
    await once(guarded.listen(0, '127.0.0.1'), 'listening');
  });

  const guardedPort = () => (guarded.address() as AddressInfo).port;
  const service = testService(() => ({
    ...stores.env(),
    ...{ IMPORTER: 'on', BLOBS_URL: String(pathToFileURL(blobs.path)) },
    ...{ IMPORT_ALLOWED_HOSTS: '127.0.0.1', IMPORT_ALLOWED_PORTS: `${images.port}, ${guardedPort()}` },
  }));

  after(async () => {
    await images.stop();
    guarded.close();
    blobs.remove();
  });

  const post = async (body: string) => ((await (await service.post(body)).json()) as { id: string }).id;
  const urlOf = (url: string) => `url=${encodeURIComponent(url)}`;
  const statusOf = async (id: string) =>
    (await (await service.request(`/api/v1/imports/${id}/status`)).json()) as {
      status: string;
      [name: string]: unknown;
    };
  const ended = (id: string) =>
    until('it has ended', async () => {
      const status = await statusOf(id);
      return status.status === 'waiting' || status.status === 'running' ? null : status;
    });

  it('marks first from where on it performs them', async () => {
    const { log } = service.service.services;
    const marks = await until('there is a mark', async () => {
      const recorded = await log.readStream('operations');
      return recorded.length > 0 && recorded;
    });
    expect(marks.map(({ type }) => type)).to.deep.equal(['ImporterMarked']);
  });

  it('fetches the image, and gives its bytes', async () => {
    const id = await post(urlOf(images.url('one')));
    const { status, attempts, image_id } = await ended(id);
    expect({ status, attempts }).to.deep.equal({ status: 'succeeded', attempts: 1 });
    const answer = await service.request(`/api/v1/images/${image_id}/original`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(images.bytesOf('one'))).to.equal(true);
  });

  it('fetches each of many once, however they come', async () => {
    // Of this try alone, if the test is tried once more.
    const names = Array.from({ length: 60 }, () => randomUUID());
    const ids = await Promise.all(names.map((name) => post(urlOf(images.url(name)))));
    for (const [index, id] of ids.entries()) {
      expect(await ended(id)).to.include({ status: 'succeeded', attempts: 1 });
      expect(images.asked.get(names[index] as string)).to.equal(1);
    }
    expect(new Set(ids).size).to.equal(60);
  });

  it('keeps equal bytes once, for two imports with an image each', async () => {
    const [one, other] = [await post(urlOf(images.url('same'))), await post(urlOf(images.url('same')))];
    const [first, second] = [await ended(one), await ended(other)];
    expect(first.image_id).not.to.equal(second.image_id);
    const sha256 = createHash('sha256').update(images.bytesOf('same')).digest('hex');
    expect(await service.service.services.blobs?.stat(sha256)).to.include({ sha256 });
  });

  it('sends the credentials that were not recorded, and forgets them', async () => {
    const url = `http://127.0.0.1:${guardedPort()}/guarded.png`;
    const id = await post(`${urlOf(url)}&headers[Authorization]=Bearer%20s3cret`);
    expect((await ended(id)).status).to.equal('succeeded');
    expect(seen.at(-1)?.headers.authorization).to.equal('Bearer s3cret');
    const { sealed, log } = service.service.services;
    await until('they are forgotten', async () => (await sealed.of(id)) === null);
    const recorded = await log.readStream(`import-${id}`);
    expect(recorded.map(({ data }) => data).join()).to.not.include('s3cret');
  });

  it('says why one has failed', async () => {
    const id = await post(urlOf(`http://127.0.0.1:${guardedPort()}/guarded.png`));
    expect(await ended(id)).to.include({ status: 'failed', reason: 'source_forbidden', attempts: 1 });
    expect(await ended(await post('filename=1.png'))).to.include({ status: 'failed', reason: 'source_missing' });
    const blocked = await ended(await post(urlOf('http://169.254.169.254/latest/meta-data')));
    expect(blocked).to.include({ status: 'failed', reason: 'blocked_address' });
  });
});
