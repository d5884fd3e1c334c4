import { expect } from 'chai';
import { executor } from '../../src/commands/execute.ts';
import { decode } from '../../src/events/decode.ts';
import { LogUnavailable } from '../../src/events/errors.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import type { DomainEvent } from '../../src/events/event-types.ts';
import { streamName } from '../../src/events/streams.ts';
import { type Claim, type ClaimOptions, Claims } from '../../src/importer/claims.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import { describeOnEachStores } from '../support/for-each-stores.ts';
import { imageOf } from '../support/performed.ts';
import { ORGANIZATION, testService } from '../support/service.ts';

const WORKER = { worker: 'one', seconds: 60, lostClaim: null } satisfies ClaimOptions;

describeOnEachStores('claims', (stores) => {
  const service = testService(() => stores.env());
  let claims: Claims;
  let refusals: string[];
  /** What becomes of appends, instead of what the log makes of them. */
  let append: (really: () => ReturnType<EventLog['append']>) => ReturnType<EventLog['append']>;

  before(async () => {
    const { log, readModel } = service.service.services;
    const faulty: EventLog = {
      ...log,
      readStream: (...read) => log.readStream(...read),
      append: (...call) => append(() => log.append(...call)),
    };
    claims = new Claims({
      execute: executor(faulty, new InlineProjector(readModel)),
      log: faulty,
      performed: async () => ({ log: log.id, after: 0n }),
    });
  });

  beforeEach(() => {
    append = (really) => really();
    refusals = [];
  });

  const requested = async () =>
    ((await (await service.post('url=https://example.com/1.jpg')).json()) as { id: string }).id;
  const claim = (id: string, more: Partial<ClaimOptions> = {}) =>
    claims.claim(id, { ...WORKER, onRefused: (code) => refusals.push(code), ...more });
  const claimed = async (id: string, more: Partial<ClaimOptions> = {}) => (await claim(id, more)) as Claim;
  const brought = (id: string) => ({
    image: imageOf(id),
    source: { kind: 'url', host: 'example.com', path: '/1.jpg' } as const,
    calls: [],
  });
  const failed = { reason: 'source_unavailable', detail: 'It was away.', calls: [] } as const;
  const story = async (id: string): Promise<DomainEvent[]> =>
    (await service.service.services.log.readStream(streamName('import', id))).map(decode);
  const types = async (id: string) => (await story(id)).map(({ type }) => type);

  it('are made by one of many that try at once', async () => {
    const id = await requested();
    const made = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((worker) => claim(id, { worker })));
    expect(made.filter((one) => one !== null)).to.have.length(1);
    expect(await types(id)).to.deep.equal(['ImportRequested', 'ImportStarted']);
  });

  it('say what is to be done, until when, and whose it is', async () => {
    const id = await requested();
    const { importId, organizationId, params, attempt, worker, revision, eventId, deadlineMs } = await claimed(id);
    expect({ importId, organizationId, attempt, worker, revision }).to.deep.equal({
      ...{ importId: id, organizationId: ORGANIZATION, attempt: 1, worker: 'one', revision: 1 },
    });
    expect(params.url).to.equal('https://example.com/1.jpg');
    expect(deadlineMs - Date.now()).to.be.within(50_000, 60_000);
    expect((await story(id))[1]?.id).to.equal(eventId);
  });

  it('are not made of what is claimed, has ended, is not due or is not there', async () => {
    const id = await requested();
    const first = await claimed(id);
    expect(await claim(id, { worker: 'two' })).to.equal(null);
    expect(await claim(id, { worker: 'two', lostClaim: 0 })).to.equal(null);
    expect(await claims.fail(first, failed)).to.equal('retried');
    expect(await claim(id)).to.equal(null);
    const other = await requested();
    await claims.complete(await claimed(other), brought(other));
    expect(await claim(other)).to.equal(null);
    expect(await claim('b8f1b6a1-5a6e-4f1c-9f0e-1d7f5a1d6a51')).to.equal(null);
    expect(refusals).to.deep.equal([
      ...['import_claimed', 'import_claimed', 'import_not_due', 'import_ended', 'import_unknown'],
    ]);
  });

  it('are not made of what is not performed here', async () => {
    const { log, execute } = service.service.services;
    const id = await requested();
    for (const performed of [
      { log: log.id, after: 1_000_000n },
      { log: '0d9fdc6b-0c5e-4a61-a5f6-95c58e6b2f41', after: 0n },
    ]) {
      const elsewhere = new Claims({ execute, log, performed: async () => performed });
      expect(await elsewhere.claim(id, { ...WORKER, onRefused: (code) => refusals.push(code) })).to.equal(null);
      expect(await elsewhere.expire(id, failed)).to.equal(false);
    }
    expect(refusals).to.deep.equal(['import_not_performed', 'import_not_performed']);
    expect(await types(id)).to.deep.equal(['ImportRequested']);
  });

  it('are taken over from a worker that lost its own, whose results then count no more', async () => {
    const id = await requested();
    const lost = await claimed(id);
    const taken = await claimed(id, { worker: 'two', lostClaim: lost.revision });
    expect(taken.attempt).to.equal(2);
    expect(await claims.complete(lost, brought(id))).to.equal(false);
    expect(await claims.fail(lost, failed)).to.equal(null);
    expect(await claims.giveBack(lost, [])).to.equal(false);
    expect(await claims.complete(taken, brought(id))).to.equal(true);
    expect(await types(id)).to.deep.equal(['ImportRequested', 'ImportStarted', 'ImportStarted', 'ImportSucceeded']);
  });

  it('end with a result once, though it is recorded again', async () => {
    const id = await requested();
    const own = await claimed(id);
    expect(await claims.complete(own, brought(id))).to.equal(true);
    expect(await claims.complete(own, brought(id))).to.equal(true);
    expect(await claims.fail(own, failed)).to.equal(null);
    const { image_id } = (await (await service.request(`/api/v1/imports/${id}`)).json()) as { image_id: string };
    expect(image_id).to.equal(imageOf(id).id);
    expect(await types(id)).to.deep.equal(['ImportRequested', 'ImportStarted', 'ImportSucceeded']);
  });

  it('are given back, as if they had not been made', async () => {
    const id = await requested();
    expect(await claims.giveBack(await claimed(id), [])).to.equal(true);
    expect((await claimed(id)).attempt).to.equal(1);
  });

  it('end if the import is cancelled', async () => {
    const id = await requested();
    const own = await claimed(id);
    await service.request(`/api/v1/imports/${id}/cancel`, { method: 'POST' });
    expect(await claims.complete(own, brought(id))).to.equal(false);
  });

  it('are found by the id of their event as long as they hold', async () => {
    const id = await requested();
    const own = await claimed(id);
    expect(await claims.held(id, own.eventId)).to.deep.equal(own);
    expect(await claims.held(id, (await story(id))[0]?.id ?? '')).to.equal(null);
    await claims.fail(own, failed);
    expect(await claims.held(id, own.eventId)).to.equal(null);
  });

  it('are told of as effects of the request, and their results as effects of the claim', async () => {
    const id = await requested();
    const own = await claimed(id, { actor: { user_id: '018f4e9a-6b1c-7c3d-9e2f-5a4b3c2d1e0f' } });
    await claims.complete(own, brought(id));
    const [request, started, succeeded] = await story(id);
    const { request_id } = request?.metadata ?? {};
    expect(started?.metadata).to.include({
      ...{ request_id, $correlationId: request_id, $causationId: request?.id, organization_id: ORGANIZATION },
      user_id: '018f4e9a-6b1c-7c3d-9e2f-5a4b3c2d1e0f',
    });
    expect(succeeded?.metadata).to.include({ request_id, $correlationId: request_id, $causationId: started?.id });
    expect(succeeded?.metadata).to.not.have.property('user_id');
  });

  describe('of which the outcome is unknown', () => {
    const away = () => Promise.reject(new LogUnavailable('the test says so'));
    const written = async (really: () => Promise<unknown>) => {
      await really();
      return away();
    };

    it('are made once they have been read', async () => {
      const id = await requested();
      append = written;
      const own = await claimed(id);
      expect(own).to.include({ revision: 1, worker: 'one' });
      append = (really) => really();
      expect(await claims.complete(own, brought(id))).to.equal(true);
    });

    it('are not made if they cannot be read', async () => {
      const id = await requested();
      append = away;
      expect(await claim(id)).to.equal(null);
      append = (really) => really();
      await claimed(id, { worker: 'two' });
    });

    it('are not made if somebody else was quicker', async () => {
      const id = await requested();
      append = async (really) => {
        append = (again) => again();
        await claimed(id, { worker: 'two' });
        append = away;
        return written(really).catch(away);
      };
      expect(await claim(id)).to.equal(null);
    });

    it('have results that are recorded once', async () => {
      const id = await requested();
      const own = await claimed(id);
      append = written;
      setTimeout(() => {
        append = (really) => really();
      }, 600);
      expect(await claims.complete(own, brought(id))).to.equal(true);
      expect(await types(id)).to.deep.equal(['ImportRequested', 'ImportStarted', 'ImportSucceeded']);
    });

    it('have results that are tried until they are recorded, for so long as was said', async () => {
      const id = await requested();
      const own = await claimed(id);
      append = away;
      const thrown = await claims.fail(own, failed, {}, 100).catch((error) => error);
      expect(thrown).to.be.instanceOf(LogUnavailable);
      setTimeout(() => {
        append = (really) => really();
      }, 600);
      expect(await claims.fail(own, failed, {}, 10_000)).to.equal('retried');
    });
  });
});
