import { expect } from 'chai';
import { routedPath, withoutFormat } from '../../../src/http/in/paths.ts';
import { DOCUMENT_BODY, testService } from '../../support/service.ts';

describe('a path', () => {
  const service = testService();
  const get = (path: string) => service.send(`GET ${path}`);

  it('may have repeated slashes, and a slash at its end', () => {
    for (const [path, routed] of [
      ['/', '/'],
      ['//', '/'],
      ['///a////b//', '/a/b'],
      ['/a/', '/a'],
      ['*', '*'],
      [`/${'/'.repeat(100_000)}a`, '/a'],
    ] as const) {
      expect(routedPath(path)).to.equal(routed);
    }
  });

  it('has a format only if it is one of the API', () => {
    for (const [path, rest] of [
      ['/api/v1/imports.json', '/api/v1/imports'],
      ['/api/v1/imports.json.json', '/api/v1/imports.json'],
      ['/api/v1/imports', null],
      ['/api/v1/imports.', null],
      ['/api/v1/imports.xml', null],
      ['/api/v1/.json', null],
      ['/openapi.json', null],
    ] as const) {
      expect(withoutFormat(path)).to.equal(rest);
    }
  });

  it('leads to an import and to its events, in each way to write it', async () => {
    const posted = await (await service.post(DOCUMENT_BODY)).text();
    const { id } = JSON.parse(posted) as { id: string };
    for (const path of [`/api/v1/imports/${id}/`, `//api//v1/imports/${id}`, `/api/v1/imports/${id}.json`]) {
      const answer = await get(path);
      expect([answer.status, answer.body.toString()], path).to.deep.equal([200, posted]);
    }
    for (const path of [`/api/v1/imports/${id}/events.json`, `/api/v1/imports/${id}//events/`]) {
      expect((await get(path)).status, path).to.equal(200);
    }
    for (const path of [`/api/v1/imports/${id}.`, `/api/v1/imports/${id}.xml`, `/API/v1/imports/${id}`]) {
      expect((await get(path)).status, path).to.equal(404);
    }
  });

  it('of a list, in each way to write it, gets a next page on the same host', async () => {
    for (let count = 0; count < 2; count++) await service.post('a=1');
    for (const path of ['//api/v1/imports', '/api/v1/imports/', '/api/v1/imports.json', '//api/v1/imports.json/']) {
      const answer = await get(`${path}?limit=1`);
      expect(answer.status, path).to.equal(200);
      const link = answer.headers.find(([name]) => name === 'Link')?.[1] ?? '';
      const next = new URL(/<([^>]+)>/.exec(link)?.[1] ?? '');
      expect([next.host, next.pathname], link).to.deep.equal(['x', '/api/v1/imports']);
    }
  });

  it('of another route may be written in these ways, too, but has no format', async () => {
    for (const path of ['//livez', '/livez/', '///openapi.json//'])
      expect((await get(path)).status, path).to.equal(200);
    for (const path of ['/livez.json', '/openapi.json.json', '/LIVEZ', '/']) {
      expect((await get(path)).status, path).to.equal(404);
    }
  });
});
