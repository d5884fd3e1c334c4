import { expect } from 'chai';
import { describeOnEachStores } from '../support/for-each-stores.ts';
import { DOCUMENT_BODY, IMPORTS, OTHER_USER, testService } from '../support/service.ts';

describeOnEachStores('GET /api/v1/imports', (stores) => {
  const service = testService(stores.env);
  const posted: { id: string; created_at: string; album_id: string; import_type: string }[] = [];
  const post = async (body: string, user?: string) => {
    return (await (await service.post(body, {}, user)).json()) as (typeof posted)[0];
  };
  const list = async (query = '') => {
    const answer = await service.request(`${IMPORTS}${query}`);
    expect(answer.status, query).to.equal(200);
    return (await answer.json()) as typeof posted;
  };
  const ids = (imports: typeof posted) => imports.map(({ id }) => id);

  before(async () => {
    for (let number = 0; number < 12; number += 1) {
      posted.unshift(await post(`album_id=album-${number % 3}&import_type=type-${number % 2}`));
    }
    await post(DOCUMENT_BODY, OTHER_USER);
  });

  it("lists the organization's imports only, newest first, as a JSON array of what the POST answered", async () => {
    expect(await list()).to.deep.equal(posted);
  });

  it('filters by album, by type, and by both', async () => {
    const matching = (keep: (one: (typeof posted)[0]) => boolean) => ids(posted.filter(keep));
    expect(ids(await list('?album_id=album-1'))).to.deep.equal(matching((one) => one.album_id === 'album-1'));
    expect(ids(await list('?import_type=type-0'))).to.deep.equal(matching((one) => one.import_type === 'type-0'));
    expect(ids(await list('?album_id=album-1&import_type=type-0'))).to.deep.equal(
      matching((one) => one.album_id === 'album-1' && one.import_type === 'type-0'),
    );
    expect(await list('?album_id=none')).to.deep.equal([]);
  });

  it('filters by status and by reason, alone and with an album', async () => {
    const first = ids(posted.filter(({ album_id }) => album_id === 'album-1'));
    expect(ids(await list('?status=waiting'))).to.deep.equal(ids(posted));
    expect(ids(await list('?status=waiting&album_id=album-1'))).to.deep.equal(first);
    expect(await list('?status=failed')).to.deep.equal([]);
    for (const and of ['', '&album_id=album-1']) {
      expect(await list(`?reason=source_not_found${and}`)).to.deep.equal([]);
    }
  });

  it('filters by time, in any zone, both bounds exclusive', async () => {
    const { created_at } = posted[5] as (typeof posted)[0];
    const utc = new Date(created_at).toISOString();
    const later = posted.filter((one) => new Date(one.created_at) > new Date(created_at));
    const earlier = posted.filter((one) => new Date(one.created_at) < new Date(created_at));
    expect(ids(await list(`?created_after=${encodeURIComponent(created_at)}`))).to.deep.equal(ids(later));
    expect(ids(await list(`?created_after=${created_at}`)), 'a + that was not escaped').to.deep.equal(ids(later));
    expect(ids(await list(`?created_before=${utc}`))).to.deep.equal(ids(earlier));
    const justAfter = utc.replace('Z', '5Z');
    const notLater = posted.filter((one) => new Date(one.created_at) <= new Date(created_at));
    expect(ids(await list(`?created_before=${justAfter}`)), 'finer than a millisecond').to.deep.equal(ids(notLater));
    expect(ids(await list(`?created_after=${justAfter}`)), 'finer than a millisecond').to.deep.equal(ids(later));
  });

  it('is followed page by page through its Link header, without a gap or a repeat while imports arrive', async () => {
    const seen: string[] = [];
    let path: string | null = `${IMPORTS}?limit=5`;
    let pages = 0;
    while (path !== null) {
      const answer = await service.request(path);
      seen.push(...ids((await answer.json()) as typeof posted));
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
      pages += 1;
      await post('album_id=arrived-meanwhile');
    }
    expect(pages).to.equal(3);
    expect(seen).to.deep.equal(ids(posted));
  });

  it('keeps its filters in the Link header', async () => {
    const answer = await service.request(`${IMPORTS}?album_id=album-1&limit=3`);
    const link = /^<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
    const rest = (await (await service.request(link)).json()) as typeof posted;
    expect(rest.map(({ album_id }) => album_id)).to.deep.equal(['album-1']);
  });

  it('ends a page early if its imports are large, and continues in the next', async () => {
    for (let number = 0; number < 3; number += 1) await post(`album_id=large&filename=${'x'.repeat(700_000)}`);
    // FerretDB is slow with large documents: until the follower has written what a POST could not, lists are refused.
    await service.service.services.follower.whenLevel();
    const first = await service.request(`${IMPORTS}?album_id=large`);
    const link = /^<([^>]+)>/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await service.request(link);
    expect(((await first.json()) as object[]).length).to.equal(2);
    expect(((await second.json()) as object[]).length).to.equal(1);
    expect(second.headers.get('link')).to.equal(null);
  });

  it('has no Link header on the last page', async () => {
    expect((await service.request(`${IMPORTS}?album_id=album-1&limit=4`)).headers.get('link')).to.equal(null);
  });

  it('answers 304 to a caller who has the same page, and 200 after it has changed', async () => {
    const path = `${IMPORTS}?album_id=changing`;
    const etag = (await service.request(path)).headers.get('etag') ?? '';
    const known = await service.request(path, { headers: { 'If-None-Match': etag } });
    expect([known.status, await known.text(), known.headers.get('etag')]).to.deep.equal([304, '', etag]);
    await post('album_id=changing');
    expect((await service.request(path, { headers: { 'If-None-Match': etag } })).status).to.equal(200);
  });

  for (const [query, says] of [
    ['?limit=0', /limit takes a whole number from 1 to 500/],
    ['?limit=ten', /limit/],
    ['?created_after=yesterday', /created_after takes a time with its zone/],
    ['?created_before=2019-02-30T00:00:00Z', /created_before/],
    ['?created_before=2019-02-03', /created_before/],
    ['?created_before=9999-12-31T23:59:59-14:00', /years 0 to 9999/],
    ['?cursor=abc', /cursor is not one of ours/],
    ['?album_id[]=a', /album_id takes one value/],
    ['?status=done', /^status takes one of waiting, running, succeeded, failed, cancelled\.$/],
    ['?reason=none', /^reason takes one of source_missing, .+, worker_lost\.$/],
    ['?image_id=i', /image_id/],
    [
      '?status=failed&reason=image_damaged',
      /status, reason together.+: album_id with import_type, album_id with status,/,
    ],
    ['?album_id=a&import_type=t&status=failed', /album_id, import_type, status together/],
    ['?import_type=t&status=failed', /import_type, status together/],
    ['?album_id=%ff', /./],
    ['?album_id=%zz', /./],
  ] as const) {
    it(`${query} gives 400 and says why`, async () => {
      const answer = await service.request(IMPORTS + query);
      expect(answer.status).to.equal(400);
      expect(((await answer.json()) as { detail: string }).detail).to.match(says);
    });
  }

  it('shows one, its id in upper case too', async () => {
    const { id } = posted[0] as (typeof posted)[0];
    expect(await (await service.request(`${IMPORTS}/${id.toUpperCase()}`)).json()).to.deep.equal(posted[0]);
  });

  it('answers a HEAD for one with the headers alone', async () => {
    const { id } = await post(DOCUMENT_BODY);
    const headers = { 'Accept-Encoding': 'identity' };
    const answer = await service.request(`${IMPORTS}/${id}`, { method: 'HEAD', headers });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).to.deep.equal([200, '509', '']);
  });
});
