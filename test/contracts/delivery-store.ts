import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import {
  DeliveriesUnavailable,
  type Delivery,
  type DeliveryStatus,
  type DeliveryStore,
} from '../../src/subscribers/webhooks/delivery-store.ts';
import {
  finishedDelivery,
  someAttempt,
  someDelivery,
  someProgress,
  timeOf,
} from '../subscribers/webhooks/some-deliveries.ts';
import { rejectionOf } from '../support/rejection-of.ts';

export interface OpenedDeliveries {
  readonly store: DeliveryStore;
  /** Opens the same store once more, as another process does. */
  again(): Promise<DeliveryStore>;
  cleanUp(): Promise<void>;
}

/** What every store of deliveries must do. `open` gives an empty one. */
export function describeDeliveryStore(name: string, open: () => Promise<OpenedDeliveries>): void {
  describe(`${name}: the contract of the store of deliveries`, () => {
    let opened: OpenedDeliveries;
    let store: DeliveryStore;
    const [one, other] = ['endpoint-1', 'endpoint-2'];

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });

    afterEach(() => opened.cleanUp());

    const idsOf = (deliveries: readonly Delivery[]) => deliveries.map(({ id }) => id);
    const find = async ({ endpoint, id }: Delivery) => (await store.withIds(endpoint, [id]))[0];

    describe('an empty one', () => {
      it('knows of no endpoint, no delivery and no lease', async () => {
        expect(await store.progress(one)).to.equal(null);
        expect(await store.waiting(one)).to.deep.equal([]);
        expect(await store.withIds(one, ['delivery'])).to.deep.equal([]);
        expect(await store.list({ endpoint: one, limit: 10 })).to.deep.equal([]);
        expect(await store.leases()).to.deep.equal([]);
        expect(await store.prune(timeOf(9), 0)).to.equal(0);
      });
    });

    describe('a delivery', () => {
      it('comes back as it was saved, with whatever a receiver answered', async () => {
        const attempts = [
          someAttempt({ status: null, answer: null, failure: 'the connection was refused' }),
          someAttempt({ status: 500, answer: '{"$a.b": "\0 \u{1F600} \\ \' \u2028"}' }),
        ];
        const huge = 2n ** 62n + 1n;
        const event = { id: randomUUID(), stream: 'import-1', revision: 2 ** 40, position: huge };
        const delivery = finishedDelivery(one, 1, { attempts, event, tries: 2, status: 'given_up' });
        const waiting = someDelivery(one, 2);
        await store.save(one, [delivery, waiting], null);
        expect(await find(delivery)).to.deep.equal(delivery);
        expect(await find(waiting)).to.deep.equal(waiting);
      });

      it('is seen by another that has the store open', async () => {
        const delivery = someDelivery(one, 1);
        await store.save(one, [delivery], someProgress(1n));
        const again = await opened.again();
        expect(await again.waiting(one)).to.deep.equal([delivery]);
        await again.close();
      });

      it('replaces the one of the same id', async () => {
        const delivery = someDelivery(one, 1);
        await store.save(one, [delivery, someDelivery(one, 2)], null);
        const delivered = {
          ...delivery,
          status: 'delivered',
          dueAt: null,
          tries: 1,
          attempts: [someAttempt()],
        } as const;
        await store.save(one, [delivered], null);
        expect(await find(delivery)).to.deep.equal(delivered);
        expect(await store.waiting(one)).to.have.length(1);
        expect(await store.list({ endpoint: one, limit: 10 })).to.have.length(2);
      });

      it('that was never tried replaces the one of the same id too, beside new ones', async () => {
        const [again, same] = [finishedDelivery(one, 1), someDelivery(one, 2)];
        await store.save(one, [again, same], null);
        const made: Delivery = { ...again, status: 'waiting', dueAt: timeOf(9), tries: 0, attempts: [] };
        const fresh = someDelivery(one, 3);
        await store.save(one, [fresh, made, same], null);
        expect(await store.waiting(one)).to.deep.equal([made, same, fresh]);
      });

      it('keeps its newest 20 attempts, and the beginnings of long texts', async () => {
        const long = 'é'.repeat(100_000);
        const attempts = Array.from({ length: 25 }, (_, ms) => someAttempt({ ms, answer: long, failure: long }));
        const delivery = finishedDelivery(one, 1, { attempts });
        await store.save(one, [delivery], null);
        const kept = (await find(delivery))?.attempts ?? [];
        expect(kept.map(({ ms }) => ms)).to.deep.equal(Array.from({ length: 20 }, (_, place) => place + 5));
        expect(kept[0]?.answer).to.equal('é'.repeat(1_024));
        expect(kept[0]?.failure).to.equal('é'.repeat(512));
      });

      it('is found by its own endpoint only', async () => {
        const delivery = someDelivery(one, 1);
        await store.save(one, [delivery], null);
        expect(await store.withIds(other, [delivery.id])).to.deep.equal([]);
        expect(await store.waiting(other)).to.deep.equal([]);
        expect(await store.list({ endpoint: other, limit: 10 })).to.deep.equal([]);
      });

      it('is found among many ids, of which some are of none', async () => {
        const deliveries = Array.from({ length: 700 }, (_, position) => someDelivery(one, position));
        await store.save(one, deliveries, null);
        const found = await store.withIds(one, [...idsOf(deliveries), 'none', ...idsOf(deliveries.slice(0, 3))]);
        expect(found).to.have.deep.members(deliveries);
      });
    });

    describe('what waits at an endpoint', () => {
      it('comes in the order of the events, with a ping first', async () => {
        const [late, early, ping] = [
          someDelivery(one, 10),
          someDelivery(one, 9),
          someDelivery(one, 11, { event: null }),
        ];
        await store.save(one, [late, finishedDelivery(one, 1), early, ping], null);
        expect(await store.waiting(one)).to.deep.equal([ping, early, late]);
      });

      it('ends at once, and nothing else does', async () => {
        const [waiting, delivered, others] = [someDelivery(one, 1), finishedDelivery(one, 2), someDelivery(other, 3)];
        await store.save(one, [waiting, delivered], null);
        await store.save(other, [others], null);
        await store.end(one);
        expect(await find(waiting)).to.deep.equal({ ...waiting, status: 'ended', dueAt: null });
        expect(await find(delivered)).to.deep.equal(delivered);
        expect(await find(others)).to.deep.equal(others);
      });
    });

    describe('the progress of an endpoint', () => {
      it('comes back as it was saved, also from the beginning of the log', async () => {
        const failing = { failures: 3, failingSince: timeOf(1), lastTriedAt: timeOf(2), recovery: randomUUID() };
        const progress = someProgress(2n ** 62n + 1n, failing);
        const atBeginning = { ...someProgress(0n), scanned: { log: 'the log', position: 0n, event: null } };
        await store.save(one, [], progress);
        await store.save(other, [], atBeginning);
        expect(await store.progress(one)).to.deep.equal(progress);
        expect(await store.progress(other)).to.deep.equal(atBeginning);
      });

      it('is replaced by the next, and stays if there is none', async () => {
        await store.save(one, [], someProgress(1n));
        const next = someProgress(2n);
        await store.save(one, [], next);
        await store.save(one, [someDelivery(one, 3)], null);
        expect(await store.progress(one)).to.deep.equal(next);
      });
    });

    describe('a list', () => {
      const statuses: readonly DeliveryStatus[] = ['delivered', 'given_up', 'ended'];
      let deliveries: Delivery[];

      beforeEach(async () => {
        // Two of each time, so that the id decides.
        deliveries = Array.from({ length: 12 }, (_, place) =>
          finishedDelivery(one, place, {
            createdAt: timeOf(Math.floor(place / 2)),
            id: `delivery-${String(place).padStart(2, '0')}`,
            status: statuses[place % 3] as DeliveryStatus,
          }),
        );
        await store.save(
          one,
          deliveries.toSorted(() => Math.random() - 0.5),
          null,
        );
        await store.save(other, [someDelivery(other, 3)], null);
      });

      it('has the newest first, and no more than its limit', async () => {
        expect(await store.list({ endpoint: one, limit: 5 })).to.deep.equal(deliveries.toReversed().slice(0, 5));
      });

      it('has those of a status only', async () => {
        const ofStatus = deliveries.filter(({ status }) => status === 'given_up').toReversed();
        expect(await store.list({ endpoint: one, status: 'given_up', limit: 100 })).to.deep.equal(ofStatus);
      });

      it('has those from a time on only', async () => {
        const since = timeOf(4);
        expect(await store.list({ endpoint: one, since, limit: 100 })).to.deep.equal(
          deliveries.toReversed().slice(0, 4),
        );
      });

      it('goes on before any of its deliveries, with the other conditions too', async () => {
        const before = deliveries[9] as Delivery;
        const query = { endpoint: one, before, limit: 100 };
        const earlier = deliveries.slice(0, 9).toReversed();
        expect(await store.list(query)).to.deep.equal(earlier);
        const both = { ...query, status: 'ended', since: timeOf(2) } as const;
        const some = earlier.filter(({ status, createdAt }) => status === 'ended' && createdAt >= timeOf(2));
        expect(some).to.not.deep.equal([]);
        expect(await store.list(both)).to.deep.equal(some);
      });
    });

    describe('pruning', () => {
      it('removes what is finished and was made before the time, and says how many', async () => {
        const [old, young] = [finishedDelivery(one, 1), finishedDelivery(one, 3)];
        const [waiting, others] = [someDelivery(one, 0), finishedDelivery(other, 2, { status: 'ended' })];
        await store.save(one, [old, young, waiting], someProgress(3n));
        await store.save(other, [others], null);
        expect(await store.prune(timeOf(3), 100)).to.equal(2);
        expect(idsOf(await store.list({ endpoint: one, limit: 10 }))).to.deep.equal(idsOf([young, waiting]));
        expect(await store.list({ endpoint: other, limit: 10 })).to.deep.equal([]);
        expect(await store.progress(one)).to.not.equal(null);
      });

      it('keeps of each endpoint as many of the newest as it may have, and what waits besides', async () => {
        const ofOne = Array.from({ length: 6 }, (_, place) => finishedDelivery(one, place));
        const waiting = someDelivery(one, 0);
        const ofOther = Array.from({ length: 3 }, (_, place) => finishedDelivery(other, place));
        await store.save(one, [...ofOne, waiting], null);
        await store.save(other, ofOther, null);
        expect(await store.prune(timeOf(0), 4)).to.equal(2);
        expect(idsOf(await store.list({ endpoint: one, limit: 10 }))).to.have.members(
          idsOf([...ofOne.slice(2), waiting]),
        );
        expect(await store.list({ endpoint: other, limit: 10 })).to.have.length(3);
      });

      it('removes more than fit into one of its steps', async () => {
        const many = Array.from({ length: 2_100 }, (_, place) => finishedDelivery(one, place, { attempts: [] }));
        await store.save(one, many, null);
        expect(await store.prune(timeOf(0), 10)).to.equal(2_090);
        expect(await store.prune(timeOf(0), 10)).to.equal(0);
      }).timeout(30_000);
    });

    describe('a lease', () => {
      const mine = { endpoint: one, holder: 'this node', beat: 1 };
      const theirs = { endpoint: one, holder: 'that node', beat: 7 };

      it('is taken if there was none, by one only', async () => {
        expect(await store.take(mine, null)).to.equal(true);
        expect(await store.take(theirs, null)).to.equal(false);
        expect(await store.leases()).to.deep.equal([mine]);
      });

      it('is renewed or taken over if it is as it was seen, and not if it has moved on', async () => {
        await store.take(mine, null);
        const renewed = { ...mine, beat: 2 };
        expect(await store.take(renewed, mine)).to.equal(true);
        expect(await store.take(theirs, mine)).to.equal(false);
        expect(await store.leases()).to.deep.equal([renewed]);
        expect(await store.take(theirs, renewed)).to.equal(true);
        expect(await store.take({ ...mine, beat: 3 }, renewed)).to.equal(false);
        expect(await store.leases()).to.deep.equal([theirs]);
      });

      it('that is gone is not renewed', async () => {
        expect(await store.take({ ...mine, beat: 2 }, mine)).to.equal(false);
        expect(await store.leases()).to.deep.equal([]);
      });

      it('is given back by its holder only', async () => {
        await store.take(mine, null);
        await store.release(one, theirs.holder);
        expect(await store.leases()).to.deep.equal([mine]);
        await store.release(one, mine.holder);
        expect(await store.leases()).to.deep.equal([]);
        expect(await store.take(theirs, null)).to.equal(true);
      });

      it('is of one endpoint', async () => {
        await store.take(mine, null);
        expect(await store.take({ ...theirs, endpoint: other }, null)).to.equal(true);
        expect(await store.leases()).to.have.deep.members([mine, { ...theirs, endpoint: other }]);
      });
    });

    it('refuses all calls after it was closed, and ends those before', async () => {
      const delivery = someDelivery(one, 1);
      const saving = store.save(one, [delivery], null);
      await store.close();
      await saving;
      expect(await rejectionOf(store.waiting(one))).to.be.instanceOf(DeliveriesUnavailable);
      expect(await rejectionOf(store.save(one, [], null))).to.be.instanceOf(DeliveriesUnavailable);
      const again = await opened.again();
      expect(await again.waiting(one)).to.deep.equal([delivery]);
      await again.close();
    });
  });
}
