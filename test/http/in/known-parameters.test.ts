import { expect } from 'chai';
import { isSecured, operations } from '../../support/described.ts';
import { DescribedService } from '../openapi/described-service.ts';

describe('the query string of a GET', () => {
  const service = new DescribedService();
  const refusal = async (id: string, query: string) => {
    const answer = await service.ask(id, {}, query);
    expect(answer.status, query).to.equal(400);
    return ((await answer.json()) as { detail: string }).detail;
  };

  for (const { operation, method } of operations.filter((one) => isSecured(one) && one.method === 'GET')) {
    const { operationId: id, parameters = [] } = operation;
    const known = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);

    it(`of ${id} may have its parameters only: another one is named, with those that exist`, async () => {
      const detail = await refusal(id, '?surprise=1');
      expect(detail).to.match(/^"surprise" is not known/);
      for (const name of known) expect(detail).to.match(new RegExp(`takes .*\\b${name}\\b`));
    });

    it(`of ${id} may have "_", which avoids caches`, async () => {
      expect((await service.ask(id, { method }, '?_=1732600000000')).status).to.equal(200);
    });
  }

  for (const [id, query, guess] of [
    ['listImports', '?album=x', 'album_id'],
    ['listImports', '?albumId=x', 'album_id'],
    ['listImports', '?type=x', 'import_type'],
    ['listImports', '?limit=5&created_befor=2019-04-09', 'created_before'],
    ['listImports', '?LIMIT=5', 'limit'],
    ['listImports', '?curser=x', 'cursor'],
    ['listImports', '?album_ids[]=x', 'album_id'],
    ['listEvents', '?user=x', 'user_id'],
    ['listEvents', '?correlation=x', 'correlation_id'],
    ['listEvents', '?organisation_id=x', 'organization_id'],
  ] as const) {
    it(`${query} of ${id} is refused with ${guess} as a guess`, async () => {
      expect(await refusal(id, query)).to.include(` Did you mean ${guess}?`);
    });
  }

  for (const query of ['?page=2', '?__proto__=x', '?hasOwnProperty=x', '?x', '?%C3%A9=1', `?${'a'.repeat(8_000)}`]) {
    it(`${query.slice(0, 20)} is refused without a guess`, async () => {
      const detail = await refusal('listImports', query);
      expect(detail).to.not.include('Did you mean');
      expect(detail.length).to.be.lessThan(300);
    });
  }

  it('is checked after the token, so that other callers learn nothing', async () => {
    const answer = await service.ask('listImports', { headers: { Authorization: '' } }, '?surprise=1');
    expect(answer.status).to.equal(401);
    const member = await service.request('/api/v1/operations/events?surprise=1');
    expect(member.status).to.equal(404);
  });

  it('of a POST has parameters of the import, known or not', async () => {
    const answer = await service.ask('createImport', {}, '?surprise=1');
    expect(((await answer.json()) as { params: object }).params).to.include({ surprise: '1' });
  });
});
