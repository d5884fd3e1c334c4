import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { withFakeWebhooks } from '../support/fake-webhooks.ts';
import { describeOnEachStores } from '../support/for-each-stores.ts';
import { IMPORTS, OTHER_USER, testService } from '../support/service.ts';
import { whileInstead } from '../support/while-instead.ts';

const WEBHOOKS = '/api/v1/webhooks';

describeOnEachStores("another organization's import or webhook", (stores) => {
  const service = testService(stores.env);
  let others: string;
  let othersWebhook: string;

  /** The calls to the stores for a request, in order, each with the size of its result. */
  const steps = async (path: string, user?: string) => {
    const { log, readModel } = service.service.services;
    const asked: string[] = [];
    const noted = <Call extends (...call: never[]) => Promise<unknown>>(name: string, call: Call) =>
      (async (...args: Parameters<Call>) => {
        const given = await call(...args);
        // The caller is looked up, too, but not for every request.
        if (/^(?:import|webhook)/.test(String(args[0])))
          asked.push(`${name}: ${given === null ? 0 : Object.keys(given as object).length}`);
        return given;
      }) as unknown as Call;
    const get = noted('get', readModel.get.bind(readModel)) as typeof readModel.get;
    const ownerOf = noted('ownerOf', readModel.ownerOf.bind(readModel));
    const readStream = noted('readStream', log.readStream.bind(log));
    return whileInstead(log, { readStream }, () =>
      whileInstead(readModel, { get, ownerOf }, async () => {
        const answer = await service.request(path, { headers: { Authorization: service.authorization(user) } });
        const { instance, request_id, ...body } = (await answer.json()) as Record<string, unknown>;
        return { status: answer.status, body, asked };
      }),
    );
  };

  before(async () => {
    const answer = await service.post(`album_id=a&filename=${'x'.repeat(500_000)}`, {}, OTHER_USER);
    others = ((await answer.json()) as { id: string }).id;
    withFakeWebhooks(service.service.services);
    const webhook = await service.request(WEBHOOKS, {
      ...{ method: 'POST', body: '{"url":"https://hooks.example.com/in","types":["*"]}' },
      headers: { Authorization: service.authorization(OTHER_USER), 'Content-Type': 'application/json' },
    });
    othersWebhook = ((await webhook.json()) as { id: string }).id;
  });

  for (const [what, rest] of [
    ['itself', ''],
    ['its events', '/events'],
  ] as const) {
    it(`gets the answer of one that does not exist, by the same steps, none of which reads it: ${what}`, async () => {
      const [of, none] = [await steps(`${IMPORTS}/${others}${rest}`), await steps(`${IMPORTS}/${newId()}${rest}`)];
      const asked = rest === '' ? ['get: 0', 'ownerOf: 2', 'readStream: 0'] : ['ownerOf: 2', 'readStream: 0'];
      expect(of).to.deep.include({ status: 404, asked });
      expect(none).to.deep.equal({ ...of, asked: asked.map((step) => step.replace('2', '0')) });
    });
  }

  it('gets the answer of one that does not exist, by the same steps, if it is a webhook', async () => {
    const [of, none] = [await steps(`${WEBHOOKS}/${othersWebhook}`), await steps(`${WEBHOOKS}/${newId()}`)];
    const asked = ['get: 0', 'ownerOf: 2', 'readStream: 0'];
    expect(of).to.deep.include({ status: 404, asked });
    expect(none).to.deep.equal({ ...of, asked: asked.map((step) => step.replace('2', '0')) });
  });

  it('is shown to its own organization, in one step', async () => {
    expect(await steps(`${IMPORTS}/${others}`, OTHER_USER)).to.deep.include({ status: 200, asked: ['get: 2'] });
  });
});
