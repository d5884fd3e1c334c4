import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { ReadModelUnavailable } from '../../../src/projections/errors.ts';
import { newEvent } from '../../events/new-event.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { startTestService, type TestService } from '../../support/service.ts';
import { until } from '../../support/until.ts';

/** Every way to ask for it. */
const SPELLINGS = [
  '/readyz',
  '/readyz?verbose',
  '/readyz?verbose=1&verbose[]=2',
  '/readyz/?verbose',
  '//readyz?verbose',
];

describe('the readiness of the service', () => {
  let service: TestService;

  before(async () => {
    service = await startTestService();
    await service.service.services.log.append(`import-${randomUUID()}`, [newEvent()], 'no_stream');
    await until('it is set aside', async () => {
      const answer = await fetch(`${service.operationsUrl}/readyz`);
      return answer.status === 200 && ((await answer.json()) as { events_set_aside: boolean }).events_set_aside;
    });
  });

  after(() => service.stop());

  it('is only yes', async () => {
    for (const path of SPELLINGS) {
      const answer = await fetch(`${service.url}${path}`);
      expect([answer.status, await answer.text()], path).to.deep.equal([200, '{"status":"ready"}']);
    }
  });

  it('is only no, whatever is missing', async () => {
    const { readModel } = service.service.services;
    const { checkpoint } = readModel;
    readModel.checkpoint = () => Promise.reject(new ReadModelUnavailable('the reason'));
    try {
      for (const path of SPELLINGS) {
        const answer = await fetch(`${service.url}${path}`);
        expect([answer.status, answer.headers.get('retry-after'), await answer.text()], path).to.deep.equal([
          ...[503, '1', '{"status":"not ready"}'],
        ]);
      }
      const told = await (await fetch(`${service.operationsUrl}/readyz`)).json();
      expect(told)
        .to.have.property('read_model')
        .that.matches(/the reason/);
    } finally {
      readModel.checkpoint = checkpoint;
    }
  });

  it('is checked once at a time, however many callers ask', async () => {
    const { readModel } = service.service.services;
    const { checkpoint } = readModel;
    const { promise, resolve } = Promise.withResolvers<void>();
    let looks = 0;
    readModel.checkpoint = async () => {
      looks += 1;
      await promise;
      return checkpoint.call(readModel);
    };
    try {
      const asking = Array.from({ length: 20 }, async () => (await fetch(`${service.url}/readyz`)).status);
      await until('someone has asked', () => looks > 0);
      // Answered after those that were sent before it.
      await Promise.all(Array.from({ length: 20 }, () => fetch(`${service.url}/livez`)));
      const while_ = looks;
      resolve();
      expect(new Set(await Promise.all(asking))).to.deep.equal(new Set([200]));
      expect(while_).to.be.at.most(2);
    } finally {
      readModel.checkpoint = checkpoint;
    }
  });

  it('shows no measurements to callers', async () => {
    const body = async (path: string) => {
      const { status, body } = await rawRequest(service.url, [`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`]);
      const { instance, request_id, ...rest } = JSON.parse(String(body)) as Record<string, unknown>;
      return { answered: status, ...rest };
    };
    const nothing = await body('/nothing');
    expect(nothing).to.include({ answered: 404 });
    for (const path of ['/metrics', '/metrics/', '//metrics', '/metrics.json', 'http://x/metrics', '/metrics?a=1']) {
      expect(await body(path), path).to.deep.equal(nothing);
    }
  });
});
