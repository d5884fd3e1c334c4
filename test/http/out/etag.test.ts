import { expect } from 'chai';
import type { Context } from 'koa';
import { conditionalAnswer } from '../../../src/http/out/etag.ts';
import type { Stored } from '../../../src/projections/queries.ts';
import { startTestService, type TestService } from '../../support/service.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const PATH = '/api/v1/imports';

describe('the entity tag', () => {
  const answerTo = (ifNoneMatch: string | undefined, body = '[]', link = '') =>
    conditionalAnswer(
      { headers: { 'if-none-match': ifNoneMatch } } as Context,
      body,
      link === '' ? [] : [['Link', link]],
    );
  const tagOf = async (body?: string, link?: string) =>
    (await answerTo(undefined, body, link)).further?.[0]?.[1] as string;

  it('differs for another body and for another next page', async () => {
    const asked = [tagOf('[]'), tagOf('[1]'), tagOf('[]', '</a>'), tagOf('[]', '</b>'), tagOf('[1]', '</a>')];
    const tags = await Promise.all(asked);
    expect(new Set(tags).size).to.equal(tags.length);
    expect(await tagOf('[1]', '</a>')).to.equal(tags.at(-1));
    for (const tag of tags) expect(tag).to.match(/^W\/"[\w-]{22}"$/);
  });

  // Of an empty list.
  const tag = 'W/"T1PNoYwrqgwDVLtfmj7L5e"';
  const opaque = tag.slice('W/'.length);

  for (const known of [
    tag,
    opaque,
    `"x", ${tag}`,
    `${tag},"x"`,
    `, ,\t"x" ,,\t${opaque} ,`,
    `"a,b", W/"c,d",${tag}`,
    `"W/", "*", "", "é", ${tag}`,
    '*',
    ' * ',
  ]) {
    it(`is known to a caller who sends If-None-Match: ${known}`, async () => {
      expect(await answerTo(known)).to.deep.equal({
        status: 304,
        contentType: null,
        body: '',
        further: [['ETag', tag]],
      });
    });
  }

  for (const unknown of [
    undefined,
    '',
    '"x"',
    '"*"',
    `*, "x"`,
    opaque.slice(1, -1),
    tag.toLowerCase().replace(opaque.toLowerCase(), opaque),
    `"${opaque.slice(1, -1)}, x"`,
    `"x ${opaque.slice(1, -1)}"`,
    `"x"${opaque}`,
    `${opaque}"x"`,
    `"unfinished, ${tag.slice(0, -1)}`,
  ]) {
    it(`is not known to a caller who sends If-None-Match: ${unknown}`, async () => {
      expect((await answerTo(unknown)).status).to.equal(200);
    });
  }
});

describe('the entity tag of a later answer differs', () => {
  const directory = temporaryDirectory();
  let service: TestService;
  let routes: string[];

  const start = (timeZone: string) => startTestService({ DATA_DIR: directory.path, TIME_ZONE: timeZone });
  const tagOf = async (path: string) => (await service.request(path)).headers.get('etag') as string;
  const isKnown = async (path: string, tag: string) =>
    (await service.request(path, { headers: { 'If-None-Match': tag } })).status === 304;

  before(async () => {
    service = await start('Europe/Paris');
    const { id } = (await (await service.post('')).json()) as { id: string };
    routes = [`${PATH}/${id}`, PATH, `${PATH}/${id}/events`];
  });

  after(async () => {
    await service.stop();
    directory.remove();
  });

  it('if the zone of its times was changed', async () => {
    const tags = await Promise.all(routes.map(tagOf));
    for (const [index, tag] of tags.entries()) expect(await isKnown(routes[index] as string, tag)).to.equal(true);
    await service.stop();
    service = await start('Asia/Tokyo');
    for (const [index, tag] of tags.entries()) expect(await isKnown(routes[index] as string, tag)).to.equal(false);
  });

  it('if the view was repaired at the same revision', async () => {
    const [show, list] = routes as [string, string];
    const tags = await Promise.all([tagOf(show), tagOf(list)]);
    const { readModel } = service.service.services;
    const id = show.slice(PATH.length + 1);
    const before = (await readModel.get('import', id)) as Stored<'import'>;
    const after = { ...before, view: { ...before.view, album_id: 'as the log has it' } };
    expect(await readModel.repair('import', id, before, after)).to.equal('written');
    expect(await isKnown(show, tags[0])).to.equal(false);
    expect(await isKnown(list, tags[1])).to.equal(false);
  });
});
