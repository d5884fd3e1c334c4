import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { imageIdOf } from '../../../src/importer/image-id.ts';
import { describeOnEachStores } from '../../support/for-each-stores.ts';
import {
  asked,
  outcomeOf,
  type PerformingServices,
  standingOf,
  startPerforming,
} from '../../support/performing-service.ts';
import { PNG } from '../../support/png.ts';
import { IMPORTS, type TestService } from '../../support/service.ts';
import { until } from '../../support/until.ts';

type Fault = (response: ServerResponse, url: string) => unknown;

const image = (width: number, height: number): Buffer => {
  const bytes = Buffer.from(PNG);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
};
const status =
  (code: number): Fault =>
  (response) =>
    response.writeHead(code).end('<h1>No</h1>');
const sends =
  (bytes: Buffer | string, headers = {}): Fault =>
  (response) =>
    response.writeHead(200, headers).end(bytes);

/** What servers do, and what becomes of an import then: its reason, and whether it is tried again. */
const FAULTS: Readonly<Record<string, readonly [reason: string, isRetried: boolean, fault: Fault]>> = {
  '404': ['source_not_found', false, status(404)],
  '410': ['source_not_found', false, status(410)],
  '401': ['source_forbidden', false, status(401)],
  '403': ['source_forbidden', false, status(403)],
  '429': ['source_unavailable', true, status(429)],
  '500': ['source_unavailable', true, status(500)],
  '503': ['source_unavailable', true, status(503)],
  'no bytes': ['not_an_image', false, sends('')],
  'HTML named .jpg': ['not_an_image', false, sends('<!DOCTYPE html><p>Hello', { 'Content-Type': 'image/jpeg' })],
  'an SVG': ['not_an_image', false, sends('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  'a gzip bomb': ['not_an_image', false, sends(gzipSync(Buffer.alloc(50_000_000)), { 'Content-Encoding': 'gzip' })],
  'an image of 0×0': ['image_damaged', false, sends(image(0, 0))],
  'a cut image': ['image_damaged', false, sends(PNG.subarray(0, 20))],
  'too many bytes, as it says': ['source_too_large', false, sends(Buffer.alloc(1_000_001))],
  'a body without an end': [
    ...(['source_too_large', false] as const),
    (response) => {
      response.writeHead(200);
      const go = (): void => {
        while (response.writable && response.write(Buffer.alloc(65_536)));
        response.once('drain', go);
      };
      go();
    },
  ],
  'a cut connection': [
    ...(['source_unavailable', true] as const),
    (response) => {
      response.writeHead(200, { 'Content-Length': PNG.length });
      response.write(PNG.subarray(0, 30), () => response.destroy());
    },
  ],
  'a redirect in a circle': [
    ...(['too_many_redirects', false] as const),
    (response, url) => response.writeHead(302, { Location: url }).end(),
  ],
  'more than three redirects': [
    ...(['too_many_redirects', false] as const),
    (response, url) => response.writeHead(302, { Location: `${url}x` }).end(),
  ],
  'a redirect to a private network': [
    ...(['blocked_address', false] as const),
    (response) => response.writeHead(302, { Location: 'http://10.0.0.1/' }).end(),
  ],
  'a redirect to nowhere': ['source_unavailable', true, status(302)],
};

describeOnEachStores('an import of a URL', (stores) => {
  let performing: PerformingServices;
  let service: TestService;
  let faulty: Server;
  let answer: Fault;
  let seen: string[];
  let faultyUrl: string;

  before(async () => {
    faulty = createServer((request, response) => {
      response.on('error', () => {});
      seen.push(String(request.headers.authorization));
      answer(response, request.url ?? '');
    }).listen(0, '127.0.0.1');
    await once(faulty, 'listening');
    const { port } = faulty.address() as AddressInfo;
    faultyUrl = `http://127.0.0.1:${port}/1.jpg`;
    performing = await startPerforming(stores.env(), [port]);
    service = await performing.start();
  });

  after(async () => {
    await performing.stop();
    faulty.closeAllConnections();
    faulty.close();
  });

  beforeEach(() => {
    seen = [];
  });

  const json = async (path: string) => (await (await service.request(path)).json()) as Record<string, unknown>;

  it('becomes an image, with its bytes', async () => {
    const { images } = performing;
    const id = await asked(service, { url: images.url('one'), album_id: 'an album' });
    const before = await json(`${IMPORTS}/${id}`);
    const outcome = await outcomeOf(service, id);
    expect(outcome).to.include({ status: 'succeeded', attempts: 1, reason: null, retryable: null });
    expect(outcome.image_id).to.equal(imageIdOf(id));
    const bytes = await service.request(`/api/v1/images/${outcome.image_id}/original`);
    expect(Buffer.from(await bytes.arrayBuffer()).equals(images.bytesOf('one'))).to.equal(true);
    expect(bytes.headers.get('x-token')).to.equal(null);
    const { image_id, updated_at, ...rest } = await json(`${IMPORTS}/${id}`);
    expect(image_id).to.equal(outcome.image_id);
    expect(updated_at).not.to.equal(before.updated_at);
    expect({ ...rest, image_id: null, updated_at: before.updated_at }).to.deep.equal(before);
    expect(await json(`/api/v1/images/${image_id}`)).to.include({
      album_id: 'an album',
      format: 'png',
      processed: true,
    });
  });

  it('becomes an image of 320 megapixels, which nobody decodes', async () => {
    answer = sends(image(20_000, 16_000));
    const outcome = await outcomeOf(service, await asked(service, { url: faultyUrl }));
    expect(outcome).to.include({ status: 'succeeded' });
    expect(await json(`/api/v1/images/${outcome.image_id}`)).to.include({ width: 20_000, height: 16_000 });
  });

  it('shares equal bytes with another one, and is an image of its own', async () => {
    const url = performing.images.url('twice');
    const ids = await Promise.all([asked(service, { url, album_id: 'a' }), asked(service, { url, album_id: 'b' })]);
    const found = await Promise.all(ids.map(async (id) => (await outcomeOf(service, id)).image_id as string));
    expect(found).to.deep.equal(ids.map(imageIdOf));
    const tags = await Promise.all(
      found.map(async (id) => (await service.request(`/api/v1/images/${id}/original`)).headers.get('etag')),
    );
    expect(tags[0]).to.equal(tags[1]);
    const [image] = (await json('/api/v1/albums/b/images')) as unknown as { id: string }[];
    expect(image?.id).to.equal(found[1]);
  });

  for (const [what, [reason, isRetried, fault]] of Object.entries(FAULTS)) {
    it(`${isRetried ? 'is tried again' : 'fails'} as ${reason} at ${what}`, async () => {
      answer = fault;
      const id = await asked(service, { url: faultyUrl });
      expect(await outcomeOf(service, id)).to.include({
        ...{ status: isRetried ? 'waiting' : 'failed', reason, retryable: isRetried, attempts: 1, image_id: null },
      });
      // Nothing of it waits for the next test.
      await service.request(`${IMPORTS}/${id}/cancel`, { method: 'POST' });
    });
  }

  for (const [params, reason] of [
    [{ filename: '1.jpg' }, 'source_missing'],
    [{ url: 'not a url' }, 'source_missing'],
    [{ url: 'http://10.0.0.1/1.jpg' }, 'blocked_address'],
    [{ url: 'http://169.254.169.254/1.jpg' }, 'blocked_address'],
    [{ url: 'http://[::1]/1.jpg' }, 'blocked_address'],
    [{ url: 'http://0x7f.1:1/1.jpg' }, 'blocked_address'],
    [{ url: 'file:///etc/passwd' }, 'blocked_address'],
    [{ import_type: 'salesforce', url: 'http://127.0.0.1/1.jpg' }, 'source_missing'],
    [{ import_type: 'url', content_document_id: '0694I000008HV8MQAW' }, 'source_missing'],
  ] as const) {
    it(`fails as ${reason} without a call: ${JSON.stringify(params)}`, async () => {
      const id = await asked(service, params as never);
      expect(await outcomeOf(service, id)).to.include({ status: 'failed', reason, retryable: false, attempts: 1 });
    });
  }

  it('is of the URL if its import_type says so', async () => {
    const url = performing.images.url('chosen');
    const id = await asked(service, { import_type: 'url', url, content_document_id: '0694I000008HV8MQAW' });
    expect(await outcomeOf(service, id)).to.include({ status: 'succeeded' });
  });

  describe('with credentials', () => {
    const SECRETS = ['s3cret-header', 's3cret-user'];
    const params = () => ({ url: faultyUrl.replace('//', `//me:${SECRETS[1]}@`) });
    const withHeader = () => ({ url: faultyUrl, 'headers[Authorization]': `Bearer ${SECRETS[0]}` });

    /** Nothing that a service keeps, tells or answers has them, and the sealed ones are removed. */
    async function expectForgotten(id: string) {
      const { sealed, log } = service.service.services;
      await until('they are forgotten', async () => !(await sealed.areThere(id)));
      const files = readdirSync(service.dataDir, { recursive: true, withFileTypes: true }).filter((one) =>
        one.isFile(),
      );
      const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
      texts.push(JSON.stringify((await log.readAll(0n, 10_000)).map(({ data, metadata }) => [data, metadata])));
      texts.push(await (await service.request(`${IMPORTS}/${id}`)).text());
      texts.push(JSON.stringify(await standingOf(service, id)));
      texts.push(await (await fetch(`${service.operationsUrl}/metrics`)).text());
      for (const text of texts) for (const secret of SECRETS) expect(text).not.to.contain(secret);
    }

    it('sends them to the source, and then forgets them', async () => {
      answer = sends(PNG);
      for (const [sent, authorization] of [
        [withHeader(), `Bearer ${SECRETS[0]}`],
        [params(), `Basic ${Buffer.from(`me:${SECRETS[1]}`).toString('base64')}`],
      ] as const) {
        const id = await asked(service, sent as never);
        expect(await outcomeOf(service, id)).to.include({ status: 'succeeded' });
        expect(seen.pop()).to.equal(authorization);
        await expectForgotten(id);
      }
    });

    it('forgets them when it fails', async () => {
      answer = status(403);
      const id = await asked(service, withHeader() as never);
      expect(await outcomeOf(service, id)).to.include({ status: 'failed', reason: 'source_forbidden' });
      await expectForgotten(id);
    });

    it('forgets them when it is cancelled, and not while it waits', async () => {
      answer = status(503);
      const id = await asked(service, withHeader() as never);
      expect(await outcomeOf(service, id)).to.include({ status: 'waiting' });
      expect(await service.service.services.sealed.areThere(id)).to.equal(true);
      await service.request(`${IMPORTS}/${id}/cancel`, { method: 'POST' });
      await expectForgotten(id);
      await service.request(`${IMPORTS}/${id}/retry`, { method: 'POST' });
      expect(await outcomeOf(service, id)).to.include({ status: 'failed', reason: 'credentials_gone' });
    });
  });
});
