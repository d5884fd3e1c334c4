import { createHash } from 'node:crypto';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { newId } from '../../../src/events/new-id.ts';
import { describeOnEachStores } from '../../support/for-each-stores.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { Performing } from '../../support/performed.ts';
import { largePng, PNG } from '../../support/png.ts';
import { ORGANIZATION, OTHER_USER, testService } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import { whileInstead } from '../../support/while-instead.ts';

const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Headers of each answer alone, or of its connection: fetch closes it after HEAD. */
const OF_EACH = ['date', 'x-runtime', 'x-request-id', 'connection', 'keep-alive'];

type Json = { readonly [name: string]: unknown };

describeOnEachStores('an image', (stores) => {
  const service = testService(() => ({ ...stores.env(), TIME_ZONE: 'Europe/Berlin' }));
  const performing = new Performing(() => service.service.services);
  const blobs = new MemoryBlobs();
  const bytes = largePng(100_000);
  const sha256 = sha256Of(bytes);

  before(() => {
    Object.assign(service.service.services, { blobs });
    blobs.kept.set(sha256, bytes);
  });

  /** A new import that has succeeded. */
  const arrived = async (body = 'url=https://example.com/1.jpg&album_id=a', image: object = {}) => {
    const { id } = (await (await service.post(body)).json()) as { id: string };
    return performing.succeed(id, { sha256, bytes: bytes.length, content_type: 'image/png', format: 'png', ...image });
  };
  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const answer = await service.request(`/api/v1/images/${path}`, { headers, method });
    return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
  };
  const json = (body: Buffer) => JSON.parse(body.toString()) as Json;
  const tokenFor = async (...albums: string[]) => {
    const iss = newId();
    const abilities = Object.fromEntries(albums.map((album) => [album, { Access: { image_upload: true } }]));
    return `Token ${jwt.sign({ iss, abilities }, await service.issueSecret(iss, ORGANIZATION))}`;
  };

  it('has the keys of the original that have a meaning here, in its order', async () => {
    const { id, md5 } = await arrived('url=https://e.com/1&album_id=a&filename=Image456.jpg&metadatas[n]=1');
    const { status, body, headers } = await get(id);
    const shown = json(body);
    expect(status).to.equal(200);
    expect(Object.keys(shown)).to.deep.equal([
      ...['id', 'infos', 'created_at', 'updated_at', 'width', 'height', 'metadatas', 'original_url', 'original_width'],
      ...['original_height', 'filename', 'format', 'processed', 'processing_error', 'album_id'],
    ]);
    expect(shown).to.deep.include({
      ...{ id, width: 4_032, height: 3_024, metadatas: { n: '1' }, filename: 'Image456', format: 'png', album_id: 'a' },
      ...{ original_url: `${service.url}/api/v1/images/${id}/original`, processed: true, processing_error: null },
    });
    expect(shown.infos).to.deep.include({ bytes: bytes.length, etag: md5, original_filename: 'IMG_0001.jpeg' });
    expect(shown.created_at).to.match(/\+0[12]:00$/);
    expect(headers.get('x-token')).to.be.a('string');
    expect((await get(id, { 'If-None-Match': headers.get('etag') as string })).status).to.equal(304);
  });

  it('keeps numbers in its metadatas to the digit', async () => {
    const answer = await service.post('{"url":"https://e.com","metadatas":{"n":12345678901234567890,"x":1.0}}', {
      'Content-Type': 'application/json',
    });
    const { id } = await performing.succeed(((await answer.json()) as { id: string }).id);
    expect((await get(id)).body.toString()).to.include('"metadatas":{"n":12345678901234567890,"x":1.0}');
  });

  it('is listed in its album, newest first, page by page', async () => {
    const album = `an <album>/é ${newId()}`;
    const first = await arrived(`url=https://e.com&album_id=${encodeURIComponent(album)}`);
    const second = await arrived(`url=https://e.com&album_id=${encodeURIComponent(album)}`);
    await service.post(`url=https://e.com&album_id=${encodeURIComponent(album)}`);
    const path = `/api/v1/albums/${encodeURIComponent(album)}/images`;
    const page = async (url: string) => {
      const answer = await service.request(url);
      const ids = ((await answer.json()) as { id: string }[]).map(({ id }) => id);
      return { ids, next: /^<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1] ?? null };
    };
    expect(await page(path)).to.deep.equal({ ids: [second.id, first.id], next: null });
    const start = await page(`${path}?limit=1`);
    expect(start.ids).to.deep.equal([second.id]);
    expect(await page(start.next as string)).to.deep.equal({ ids: [first.id], next: null });
    expect((await page('/api/v1/albums/none/images')).ids).to.deep.equal([]);
  });

  it('belongs to its organization and its album', async () => {
    const { id } = await arrived('url=https://e.com&album_id=mine');
    const none = await get(newId());
    for (const path of [id, `${id}/original`]) {
      for (const Authorization of [service.authorization(OTHER_USER), await tokenFor('other')]) {
        const { status, body } = await get(path, { Authorization });
        expect(status).to.equal(404);
        expect(json(body).detail).to.equal(json(none.body).detail);
      }
      expect((await get(path, { Authorization: await tokenFor('mine') })).status).to.equal(200);
    }
    const list = (Authorization: string) =>
      service.request('/api/v1/albums/mine/images', { headers: { Authorization } });
    expect((await list(await tokenFor('other'))).status).to.equal(403);
    expect(((await (await list(service.authorization(OTHER_USER))).json()) as unknown[]).length).to.equal(0);
    expect((await get('none')).status).to.equal(404);
  });

  it('gives its bytes, which caches may keep, without any credential', async () => {
    const { id } = await arrived('url=https://e.com&filename=Image456.jpg');
    const { status, body, headers } = await get(`${id}/original`);
    expect(status).to.equal(200);
    expect(body.equals(bytes)).to.equal(true);
    expect(Object.fromEntries(headers)).to.include({
      'cache-control': 'private, max-age=31536000, immutable',
      'content-type': 'image/png',
      'content-length': String(bytes.length),
      'content-disposition': 'inline; filename="Image456.png"',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      etag: `"${sha256}"`,
    });
    for (const name of ['pragma', 'expires', 'x-token', 'set-cookie', 'content-encoding', 'connection']) {
      expect([name, headers.get(name)].join()).to.be.oneOf([`${name},`, 'connection,keep-alive']);
    }
    await until('the bytes are let go of', () => blobs.open === 0 && service.service.services.streams.open === 0);
  });

  it('gives the same headers without the bytes to HEAD, and opens nothing', async () => {
    const { id } = await arrived();
    const [head, whole] = [await get(`${id}/original`, { Range: 'bytes=0-9' }, 'HEAD'), await get(`${id}/original`)];
    const without = (headers: Headers) => Object.fromEntries([...headers].filter(([name]) => !OF_EACH.includes(name)));
    expect(head.status).to.equal(200);
    expect(without(head.headers)).to.deep.equal(without(whole.headers));
    expect(head.body.length).to.equal(0);
  });

  it('answers 304 without a credential if the caller has it', async () => {
    const { id } = await arrived();
    for (const tag of [`"${sha256}"`, `W/"${sha256}"`, `"x", "${sha256}"`, '*']) {
      const { status, headers, body } = await get(`${id}/original`, { 'If-None-Match': tag });
      expect([status, headers.get('etag'), headers.get('x-token'), body.length]).to.deep.equal([
        304,
        `"${sha256}"`,
        null,
        0,
      ]);
      expect(headers.get('cache-control')).to.match(/^private/);
    }
    expect((await get(`${id}/original`, { 'If-Match': '"x"' })).status).to.equal(412);
    expect((await get(`${id}/original`, { 'If-Match': `"${sha256}"` })).status).to.equal(200);
  });

  it('gives the part of a range', async () => {
    const { id } = await arrived();
    const last = bytes.length - 1;
    const cases: readonly [string, number, number][] = [
      ['bytes=0-0', 0, 0],
      ['bytes=10-19', 10, 19],
      ['bytes=-5', last - 4, last],
      [`bytes=${last}-`, last, last],
      [`bytes=0-${last + 1_000}`, 0, last],
      [`bytes=-${last + 1_000}`, 0, last],
      ['bytes=5-999999999999999999999999', 5, last],
    ];
    for (const [Range, start, end] of cases) {
      const { status, headers, body } = await get(`${id}/original`, { Range });
      expect(status, Range).to.equal(206);
      expect(headers.get('content-range')).to.equal(`bytes ${start}-${end}/${bytes.length}`);
      expect(body.equals(bytes.subarray(start, end + 1)), Range).to.equal(true);
      expect(headers.get('x-token')).to.equal(null);
    }
  });

  it('gives the whole for a range that does not count', async () => {
    const { id } = await arrived();
    for (const headers of [
      { Range: 'bytes=0-1,5-6' },
      { Range: 'lines=0-1' },
      { Range: 'bytes=5-2' },
      { Range: 'bytes=' },
      { Range: 'bytes=0-1', 'If-Range': '"x"' },
      { Range: 'bytes=0-1', 'If-Range': `W/"${sha256}"` },
      { Range: 'bytes=0-1', 'If-Range': 'Mon, 08 Apr 2019 17:38:58 GMT' },
    ]) {
      const { status, body } = await get(`${id}/original`, headers as Record<string, string>);
      expect([status, body.length], JSON.stringify(headers)).to.deep.equal([200, bytes.length]);
    }
    const asked = { Range: 'bytes=0-1', 'If-Range': `"${sha256}"` };
    expect((await get(`${id}/original`, asked)).status).to.equal(206);
  });

  it('says how many bytes there are if none is in the range', async () => {
    const { id } = await arrived();
    for (const Range of [`bytes=${bytes.length}-`, 'bytes=-0', 'bytes=999999999999999999999-']) {
      const { status, headers, body } = await get(`${id}/original`, { Range });
      expect([status, headers.get('content-range')], Range).to.deep.equal([416, `bytes */${bytes.length}`]);
      expect(json(body).type).to.equal('urn:import-api:problem:range-not-satisfiable');
      expect(headers.get('cache-control')).to.equal('no-cache, no-store');
    }
  });

  it('has a file name that is harmless, whatever was sent', async () => {
    const named = async (filename: string, format = 'png') => {
      const { id } = await arrived(`url=https://e.com&filename=${encodeURIComponent(filename)}`, { format });
      return (await get(`${id}/original`, {}, 'HEAD')).headers.get('content-disposition');
    };
    expect(await named('été "1".html', 'jpg')).to.equal(
      `inline; filename="_t_ _1_.jpg"; filename*=UTF-8''%C3%A9t%C3%A9%20%221%22.jpg`,
    );
    expect(await named('../../etc/passwd')).to.equal('inline; filename="passwd.png"');
    expect(await named('C:\\temp\\.htaccess')).to.equal('inline; filename="htaccess.png"');
    expect(await named('a\r\nSet-Cookie: x=1')).to.equal('inline; filename="aSet-Cookie: x=1.png"');
    expect(await named('\u202egpj.exe')).to.equal('inline; filename="gpj.png"');
    expect(await named("o'hara (1)*.png")).to.equal(`inline; filename="o'hara (1)*.png"`);
    expect(await named('2026.12.24')).to.equal('inline; filename="2026.12.24.png"');
    const { id } = await arrived('url=https://e.com', { filename: null });
    expect((await get(`${id}/original`)).headers.get('content-disposition')).to.equal(`inline; filename="${id}.png"`);
  });

  it('is sent as bytes if its recorded type is none of an image', async () => {
    for (const content_type of ['text/html', 'image/svg+xml', 'image/png\r\nX: y']) {
      const { id } = await arrived('url=https://e.com', { content_type });
      expect((await get(`${id}/original`)).headers.get('content-type')).to.equal('application/octet-stream');
    }
  });

  it('says so if its bytes are gone, or are not all there, or cannot be read', async () => {
    const { id } = await arrived('url=https://e.com', { sha256: sha256Of(PNG), bytes: PNG.length });
    for (const method of ['GET', 'HEAD']) expect((await get(`${id}/original`, {}, method)).status).to.equal(500);
    expect(json((await get(`${id}/original`)).body).type).to.equal('urn:import-api:problem:bytes-missing');
    blobs.kept.set(sha256Of(PNG), PNG.subarray(1));
    expect((await get(`${id}/original`)).status).to.equal(500);
    const away = { blobs: null };
    const { status } = await whileInstead(service.service.services, away, () => get(`${id}/original`));
    expect(status).to.equal(503);
    await until('nothing is open', () => blobs.open === 0 && service.service.services.streams.open === 0);
  });
});
