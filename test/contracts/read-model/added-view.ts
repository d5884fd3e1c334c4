import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Checkpoint, WriteOutcome } from '../../../src/projections/projector-store.ts';
import {
  declareView,
  oneOf,
  text,
  textOrNull,
  type ViewDeclarations,
  type ViewOf,
} from '../../../src/projections/views/declare-view.ts';
import { views } from '../../../src/projections/views.ts';
import { domainEvent, USER_REGISTERED } from '../../support/events.ts';
import type { OpenedReadModel } from '../read-model.ts';

/** A second view of the streams of users: nothing but this declaration says that there is one. */
export const badgeView = declareView({
  version: 8,
  name: 'badges',
  category: 'user',
  fields: { id: text, organization_id: text, color: oneOf('red', 'green'), owner: textOrNull, created_at: text },
  list: {
    filters: ['color', 'owner'],
    indexes: { by_time: [], by_color: ['color'], by_owner: ['owner'], by_both: ['color', 'owner'] },
    sizedBy: 'id',
  },
  evolve(_, event, id) {
    if (event.type !== 'UserRegistered') throw new Error(`${event.type} does not belong here`);
    const { organization_id, role } = event.data;
    return { id, organization_id, color: 'green', owner: role, created_at: event.metadata.occurred_at };
  },
});

type Badge = ViewOf<typeof badgeView.fields>;

/** What the port is to a release that declares badges. */
interface BadgeModel {
  write(batch: { readonly writes: readonly object[]; readonly checkpoint?: object }): Promise<WriteOutcome[]>;
  get(kind: 'badge', id: string, organizationId?: string): Promise<unknown>;
  ownerOf(kind: 'badge', id: string): Promise<unknown>;
  getMany(kind: 'badge', ids: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  list(kind: 'badge', query: object): Promise<{ readonly items: readonly { readonly view: Badge }[] }>;
  page(kind: 'badge', after: string | null, limit: number): Promise<unknown[]>;
  repair(kind: 'badge', id: string, before: unknown, after: unknown): Promise<WriteOutcome>;
  checkpoint(): Promise<Checkpoint | null>;
  clear(): Promise<void>;
}

/** A view that was added to a copy of the declarations, and to nothing else. `open` gives an empty read model of these views. */
export function describeAddedView(name: string, open: (declared: ViewDeclarations) => Promise<OpenedReadModel>): void {
  describe(`${name}: a view that was added to the declarations`, () => {
    let opened: OpenedReadModel;
    let readModel: BadgeModel;

    beforeEach(async () => {
      opened = await open({ ...views, badge: badgeView });
      readModel = opened.readModel as unknown as BadgeModel;
    });

    afterEach(() => opened.cleanUp());

    const badge = (fields: Partial<Badge> = {}): Badge => {
      const id = randomUUID();
      return { ...badgeView.evolve(null, domainEvent(`user-${id}`, 0, USER_REGISTERED), id), ...fields };
    };
    const first = (view: Badge) => ({ kind: 'badge', expectedRevision: null, revision: 0, view });

    it('is kept by compare and set, beside the view of the same stream', async () => {
      const view = badge();
      const user = views.user.evolve(null, domainEvent(`user-${view.id}`, 0, USER_REGISTERED), view.id);
      const writes = [first(view), { kind: 'user', expectedRevision: null, revision: 0, view: user }];
      expect(await readModel.write({ writes })).to.deep.equal(['written', 'written']);
      expect(await readModel.write({ writes: [first(view)] })).to.deep.equal(['conflict']);
      const next: Badge = { ...view, owner: null, color: 'red' };
      const over = { kind: 'badge', expectedRevision: 0, revision: 1, view: next };
      expect(await readModel.write({ writes: [over] })).to.deep.equal(['written']);
      expect(await readModel.get('badge', view.id)).to.deep.equal({ revision: 1, view: next });
      expect(await readModel.get('badge', view.id, 'another')).to.equal(null);
      expect(await readModel.ownerOf('badge', view.id)).to.deep.equal({
        organizationId: view.organization_id,
        revision: 1,
      });
      expect((await readModel.getMany('badge', [view.id, 'absent'])).size).to.equal(1);
      expect(await readModel.page('badge', null, 9)).to.deep.equal([{ revision: 1, view: next }]);
      expect(await opened.readModel.get('user', view.id)).to.deep.equal({ revision: 0, view: user });
    });

    it('is listed, newest first, by each of its filters', async () => {
      const at = (minute: number, fields: Partial<Badge>) =>
        badge({ organization_id: 'o', created_at: `2020-01-01T00:0${minute}:00.000Z`, ...fields });
      const listed = [at(1, { color: 'red' }), at(2, { owner: null }), at(3, { color: 'red', owner: 'x' })];
      await readModel.write({ writes: [...listed, badge({ organization_id: 'another' })].map(first) });
      const placesOf = async (query: object) => {
        const { items } = await readModel.list('badge', { organizationId: 'o', limit: 9, ...query });
        return items.map(({ view }) => listed.findIndex(({ id }) => id === view.id));
      };
      expect(await placesOf({})).to.deep.equal([2, 1, 0]);
      expect(await placesOf({ having: { color: 'red' } })).to.deep.equal([2, 0]);
      expect(await placesOf({ having: { owner: 'x' } })).to.deep.equal([2]);
      expect(await placesOf({ having: { color: 'red', owner: 'member' } })).to.deep.equal([0]);
      expect(await placesOf({ limit: 1 })).to.deep.equal([2]);
    });

    it('is repaired: written if it is missing, replaced and removed', async () => {
      const [wrong, right] = [badge(), badge({ color: 'red' })].map((view) => ({
        revision: 0,
        view: { ...view, id: 'same' },
      }));
      expect(await readModel.repair('badge', 'same', null, wrong)).to.equal('written');
      expect(await readModel.repair('badge', 'same', wrong, right)).to.equal('written');
      expect(await readModel.get('badge', 'same')).to.deep.equal(right);
      expect(await readModel.repair('badge', 'same', right, null)).to.equal('written');
      expect(await readModel.get('badge', 'same')).to.equal(null);
    });

    it('is thrown away with the others', async () => {
      const view = badge();
      await readModel.write({ writes: [first(view)] });
      await readModel.clear();
      expect(await readModel.get('badge', view.id)).to.equal(null);
    });
  });
}
