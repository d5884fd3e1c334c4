import { expect } from 'chai';
import type { ConnectionStanding } from '../../src/importer/connections.ts';
import { Expiry } from '../../src/importer/expiry.ts';
import type { Mark } from '../../src/importer/mark.ts';
import { A, B, World } from './world/world.ts';

const HOUR_MS = 3_600_000;

describe('the expiry of imports', () => {
  let world: World;
  let mark: Mark;
  let standing: ConnectionStanding;
  let forgotten: string[];
  let expired: string[];
  let expiry: Expiry;

  beforeEach(async () => {
    world = await new World().open();
    mark = { performed: { log: world.log.id, after: 0n }, madeAt: new Date(world.clock.now()).toISOString() };
    standing = { kind: 'missing' };
    [forgotten, expired] = [[], []];
    expiry = new Expiry({
      ...{ readModel: world.readModel, claims: world.claims, clock: world.clock },
      connections: { standing: () => standing },
      mark: async () => mark,
      observer: { expired: (reason) => expired.push(reason) },
      forgetCredentials: async (id) => {
        forgotten.push(id);
      },
    });
  });

  afterEach(() => world.close());

  const run = () => expiry.run(new AbortController().signal);
  const endOf = async (id: string) => (await world.story(id)).at(-1)?.data;
  const ofSalesforce = { content_document_id: '0694I000008HV8MQAW' };

  it('fails what has waited for 72 hours, and nothing else', async () => {
    const id = await world.request(A, ofSalesforce);
    await world.clock.pass(71 * HOUR_MS);
    const later = await world.request(A, ofSalesforce);
    await run();
    expect(await world.types(id)).to.deep.equal([]);
    await world.clock.pass(HOUR_MS);
    await run();
    expect(await world.types(id)).to.deep.equal(['Failed']);
    expect(await world.types(later)).to.deep.equal([]);
    expect(await endOf(id)).to.deep.include({
      ...{ attempt: 0, reason: 'connection_missing', calls: [] },
      detail: 'The organization has no connection to Salesforce.',
    });
    expect(expired).to.deep.equal(['connection_missing']);
  });

  for (const [what, of, reason, detail] of [
    [
      'a connection that an operator paused',
      { kind: 'paused', reason: 'asked', detail: 'Ticket 1.', until: null },
      'connection_refused',
      'The operators paused the connection.',
    ],
    ['a budget', { kind: 'paused', reason: 'limit_exceeded', detail: '90 %.', until: null }, 'limit_exceeded', '90 %.'],
    ['a node that can log in', { kind: 'unusable', detail: 'No key.' }, 'connection_refused', 'No key.'],
  ] as const) {
    it(`names ${what} if the import waited for that`, async () => {
      const id = await world.request(A, ofSalesforce);
      standing = of;
      await world.clock.pass(72 * HOUR_MS);
      await run();
      expect(await endOf(id)).to.deep.include({ reason, detail });
    });
  }

  it('names why the last attempt failed, or that there was no worker', async () => {
    const [tried, never] = [await world.request(A), await world.request(B)];
    const claim = await world.claims.claim(tried, { worker: 'w', seconds: 60, lostClaim: null });
    if (claim === null) throw new Error('it is not claimed');
    await world.claims.fail(claim, { reason: 'source_unavailable', detail: 'It was away.', calls: [] });
    await world.clock.pass(72 * HOUR_MS);
    await run();
    expect(await endOf(tried)).to.deep.include({ attempt: 1, reason: 'source_unavailable', detail: 'It was away.' });
    expect(await endOf(never)).to.deep.include({ attempt: 0, reason: 'worker_lost' });
    expect(forgotten).to.deep.equal([]);
  });

  it('lets what is not performed here wait for ever, and asks for it no more after a while', async () => {
    const ids = [];
    for (let count = 0; count < 5; count += 1) ids.push(await world.request(A, ofSalesforce));
    world.performedAfter = 5n;
    const id = await world.request(A, ofSalesforce);
    await world.clock.pass(72 * HOUR_MS);
    await run();
    for (const old of ids) expect(await world.types(old)).to.deep.equal([]);
    expect(await world.types(id)).to.deep.equal(['Failed']);
    await world.clock.pass(2 * HOUR_MS);
    await run();
    const before = world.asked.streams;
    await run();
    expect(world.asked.streams - before).to.equal(0);
  });
});
