import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { describeOnEachStores } from '../support/for-each-stores.ts';
import { OTHER_USER, startTestService, type TestService } from '../support/service.ts';

const PATH = '/api/v1/imports';

describeOnEachStores("another organization's import", (stores) => {
  let service: TestService;
  let others: string;

  /** The calls to the stores for a request, in order, each with the size of its result. */
  const steps = async (path: string, user?: string) => {
    const { log, readModel } = service.service.services;
    const asked: string[] = [];
    const kept = { readStream: log.readStream, get: readModel.get, ownerOf: readModel.ownerOf };
    const noted = <Call extends (...call: never[]) => Promise<unknown>>(name: string, call: Call) =>
      (async (...args: Parameters<Call>) => {
        const given = await call(...args);
        // The caller is looked up, too, but not for every request.
        if (String(args[0]).startsWith('import'))
          asked.push(`${name}: ${given === null ? 0 : Object.keys(given as object).length}`);
        return given;
      }) as unknown as Call;
    log.readStream = noted('readStream', kept.readStream.bind(log));
    readModel.get = noted('get', kept.get.bind(readModel)) as typeof readModel.get;
    readModel.ownerOf = noted('ownerOf', kept.ownerOf.bind(readModel));
    try {
      const answer = await service.request(path, { headers: { Authorization: service.authorization(user) } });
      const { instance, request_id, ...body } = (await answer.json()) as Record<string, unknown>;
      return { status: answer.status, body, asked };
    } finally {
      log.readStream = kept.readStream;
      Object.assign(readModel, { get: kept.get, ownerOf: kept.ownerOf });
    }
  };

  before(async () => {
    service = await startTestService(stores.env());
    const answer = await service.request(PATH, {
      method: 'POST',
      body: `album_id=a&filename=${'x'.repeat(500_000)}`,
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Authorization: service.authorization(OTHER_USER),
      },
    });
    others = ((await answer.json()) as { id: string }).id;
  });

  after(() => service.stop());

  for (const [what, rest] of [
    ['itself', ''],
    ['its events', '/events'],
  ] as const) {
    it(`gets the answer of one that does not exist, by the same steps, none of which reads it: ${what}`, async () => {
      const [of, none] = [await steps(`${PATH}/${others}${rest}`), await steps(`${PATH}/${newId()}${rest}`)];
      const asked = rest === '' ? ['get: 0', 'ownerOf: 2', 'readStream: 0'] : ['ownerOf: 2', 'readStream: 0'];
      expect(of).to.deep.include({ status: 404, asked });
      expect(none).to.deep.equal({ ...of, asked: asked.map((step) => step.replace('2', '0')) });
    });
  }

  it('is shown to its own organization, in one step', async () => {
    expect(await steps(`${PATH}/${others}`, OTHER_USER)).to.deep.include({ status: 200, asked: ['get: 2'] });
  });
});
