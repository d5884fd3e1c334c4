import { expect } from 'chai';
import { Follower } from '../../src/projections/follower.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import { DOCUMENT_BODY, startTestService, type TestService } from '../support/service.ts';
import { until } from '../support/until.ts';

/** A replay puts another version in the live one's place while the service runs. */
describe('the list of imports, when the read model is replaced', () => {
  let test: TestService;

  beforeEach(async () => {
    test = await startTestService();
  });

  afterEach(() => test.stop());

  const post = async (): Promise<string> => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await test.request('/api/v1/imports', { method: 'POST', body: DOCUMENT_BODY, headers });
    return ((await answer.json()) as { id: string }).id;
  };
  /** Puts a version in its place that lacks what `meanwhile` brings about. */
  const replace = async (meanwhile: () => Promise<unknown>) => {
    const { log, readModel } = test.service.services;
    const version = await readModel.beside('this version');
    const silent = { info: () => {}, warn: () => {} };
    await new Follower(log, version.readModel, new InlineProjector(version.readModel), silent).untilLevel();
    await meanwhile();
    await version.goLive();
  };
  const listed = async () => {
    const answer = await test.request('/api/v1/imports');
    return { status: answer.status, ids: ((await answer.json()) as { id: string }[]).map?.(({ id }) => id) };
  };

  it('waits until nothing is missing from it that was acknowledged', async () => {
    const ids = [await post()];
    expect((await listed()).status).to.equal(200);
    await replace(async () => ids.unshift(await post()));
    expect(await listed()).to.deep.equal({ status: 200, ids });
  });

  it('waits too where it is asked for while the follower is on its way', async () => {
    const ids = [await post()];
    expect((await listed()).status).to.equal(200);
    const { log, follower } = test.service.services;
    const { promise: open, resolve: letGo } = Promise.withResolvers<void>();
    await replace(async () => {
      ids.unshift(await post());
      const { head } = log;
      log.head = () => open.then(() => head());
    });
    await until('the follower begins anew', () => !follower.status().caughtUp);
    const asked = listed();
    setTimeout(letGo, 100);
    expect(await asked).to.deep.equal({ status: 200, ids });
  });

  it('is refused where the follower does not go over', async () => {
    await post();
    expect((await listed()).status).to.equal(200);
    await (test.service.services.follower as Follower).stop();
    await replace(post);
    // For a moment the service may still be on the old one, which is whole.
    let last = await listed();
    while (last.ids?.length === 2) last = await listed();
    expect(last.status).to.equal(503);
  });
});
