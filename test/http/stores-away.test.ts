import { expect } from 'chai';
import { LogUnavailable } from '../../src/events/errors.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import { ReadModelUnavailable } from '../../src/projections/errors.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';
import { DOCUMENT_BODY, OTHER_USER, startTestService, type TestService } from '../support/service.ts';
import { openTestStores } from '../support/stores.ts';
import { until } from '../support/until.ts';

const PATH = '/api/v1/imports';

describe('while a store is away', () => {
  let service: TestService;
  let comeBack: () => void;

  const post = () => service.post(DOCUMENT_BODY);
  /** Makes calls of a store fail until it comes back. */
  const takeAway = <Store extends EventLog | ReadModel>(store: Store, methods: (keyof Store)[], error: Error) => {
    const kept = methods.map((method) => [method, store[method]] as const);
    for (const method of methods) store[method] = (() => Promise.reject(error)) as Store[typeof method];
    comeBack = () => {
      for (const [method, original] of kept) store[method] = original;
    };
  };

  beforeEach(async () => {
    service = await startTestService();
  });

  afterEach(async () => {
    comeBack();
    await service.stop();
  });

  describe('the read model, for lists alone,', () => {
    const ready = async () => {
      const answer = await fetch(`${service.operationsUrl}/readyz`);
      const { read_model } = (await answer.json()) as { read_model: string };
      return { status: answer.status, read_model };
    };
    const readModelUp = async () =>
      /^imports_read_model_up (\d)$/m.exec(await (await fetch(`${service.operationsUrl}/metrics`)).text())?.[1];

    it('/readyz says so after a list was refused, until a list works again', async () => {
      // Below the code that records the failure.
      const others = await openTestStores();
      const adapter = Object.getPrototypeOf(others.readModel) as ReadModel;
      await others.close();
      const asked: unknown[] = [];
      const { list } = adapter;
      comeBack = () => {
        adapter.list = list;
      };
      adapter.list = (_kind, query) => {
        asked.push(query);
        return Promise.reject(new ReadModelUnavailable('it sorts in memory'));
      };
      // Nobody has asked for a list yet, so one is tried.
      expect((await ready()).status).to.equal(503);
      asked.length = 0;
      expect((await service.request(PATH)).status).to.equal(503);
      const refused = await ready();
      expect(refused.status).to.equal(503);
      expect(refused.read_model).to.match(/it sorts in memory/);
      expect(await readModelUp()).to.equal('0');
      // The same list again.
      await until('it is tried again', async () => (await ready()).status === 503 && asked.length > 1);
      expect(new Set(asked.map((query) => JSON.stringify(query)))).to.have.property('size', 1);
      comeBack();
      await until('it is ready', async () => (await ready()).status === 200);
      expect(await readModelUp()).to.equal('1');
    });
  });

  describe('the read model, for writes,', () => {
    beforeEach(() => {
      takeAway(service.service.services.readModel, ['write'], new ReadModelUnavailable('the test says so'));
    });

    it('a POST is answered from its own events, and a GET from the log', async () => {
      const answer = await post();
      const text = await answer.text();
      expect([answer.status, text.length]).to.deep.equal([200, 509]);
      const { id } = JSON.parse(text) as { id: string };
      expect(await (await service.request(`${PATH}/${id}`)).text()).to.equal(text);
    });

    it('an import that was appended meanwhile is in the list after the store is back', async () => {
      const text = await (await post()).text();
      comeBack();
      await until('the list has it', async () => (await (await service.request(PATH)).text()) === `[${text}]`);
    });

    it('/readyz says so', async () => {
      await post();
      const ready = await until('it is not ready', async () => {
        const answer = await fetch(`${service.operationsUrl}/readyz`);
        return answer.status === 503 ? answer : null;
      });
      expect(((await ready.json()) as { projector: string }).projector).to.match(/the test says so/);
    });
  });

  describe('the read model, wholly,', () => {
    beforeEach(() => {
      takeAway(
        service.service.services.readModel,
        ['write', 'get', 'ownerOf', 'getMany', 'list', 'checkpoint', 'quarantined'],
        new ReadModelUnavailable('the test says so'),
      );
    });

    it('a POST is answered, and its caller is found in the log', async () => {
      expect((await (await post()).text()).length).to.equal(509);
    });

    it('a GET is refused with 503 and Retry-After', async () => {
      for (const path of [PATH, `${PATH}/3d172b54-f40f-4df9-9342-0b042fac5382`]) {
        const answer = await service.request(path);
        expect([answer.status, answer.headers.get('retry-after')]).to.deep.equal([503, '1']);
        expect(await answer.json()).to.include({ type: 'urn:import-api:problem:read-model-unavailable' });
      }
    });
  });

  describe('the read model, wholly, for the events of an import,', () => {
    it('its organization gets them from the log alone, and others get nothing', async () => {
      const { id } = (await (await post()).json()) as { id: string };
      const error = new ReadModelUnavailable('the test says so');
      takeAway(service.service.services.readModel, ['write', 'get', 'ownerOf', 'checkpoint'], error);
      const status = async (user?: string) => {
        const headers = { Authorization: service.authorization(user) };
        return (await service.request(`${PATH}/${id}/events`, { headers })).status;
      };
      expect([await status(), await status(OTHER_USER)]).to.deep.equal([200, 404]);
    });
  });

  describe('the log, for appends,', () => {
    beforeEach(() => {
      takeAway(service.service.services.log, ['append'], new LogUnavailable('the test says so'));
    });

    it('a POST is refused with 503 and Retry-After, without a token and without the reason', async () => {
      const answer = await post();
      expect([answer.status, answer.headers.get('retry-after')]).to.deep.equal([503, '1']);
      expect(answer.headers.get('x-token')).to.equal(null);
      const text = await answer.text();
      expect(JSON.parse(text)).to.include({ type: 'urn:import-api:problem:log-unavailable', status: 503 });
      expect(text).to.not.contain('the test says so');
    });

    it('GETs are answered', async () => {
      expect((await service.request(PATH)).status).to.equal(200);
    });
  });
});
