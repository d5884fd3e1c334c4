import { expect } from 'chai';
import type { SecretView, UserView, WebhookView } from '../../../src/projections/views.ts';
import { endedRights } from '../../../src/subscribers/webhooks/rights.ts';

const TIME = '2026-11-26T12:00:00.000Z';
const USER: UserView = { id: 'u', organization_id: 'o', role: 'member', registered_at: TIME, removed_at: null };
const SECRET: SecretView = { id: 's', organization_id: 'o', issued_at: TIME, revoked_at: null, key: null };

const ended = (endpoint: Partial<WebhookView>, found: { user?: UserView | null; secret?: SecretView | null }) =>
  endedRights({ organization_id: 'o', made_by: 'user:u', sees: 'organization', ...endpoint } as WebhookView, {
    user: async () => found.user ?? null,
    secret: async () => found.secret ?? null,
  });

describe('the rights of whoever made a webhook', () => {
  it('last as long as they are registered in its organization', async () => {
    expect(await ended({}, { user: USER })).to.equal(null);
    expect(await ended({ made_by: 'secret:s' }, { secret: SECRET })).to.equal(null);
  });

  it('end when they are removed or revoked, or were never there', async () => {
    for (const user of [null, { ...USER, removed_at: TIME }]) expect(await ended({}, { user })).to.contain('removed');
    for (const secret of [null, { ...SECRET, revoked_at: TIME }]) {
      expect(await ended({ made_by: 'secret:s' }, { secret })).to.contain('revoked');
    }
  });

  it('end when they belong to another organization, unless they are an operator', async () => {
    const organization_id = 'another';
    expect(await ended({}, { user: { ...USER, organization_id } })).to.contain('another organization');
    expect(await ended({}, { user: { ...USER, organization_id, role: 'operator' } })).to.equal(null);
    const secret = { ...SECRET, organization_id };
    expect(await ended({ made_by: 'secret:s' }, { secret })).to.contain('another organization');
  });

  it('to see everything end when they are no operator any more', async () => {
    const sees = 'everything';
    expect(await ended({ sees }, { user: { ...USER, role: 'operator' } })).to.equal(null);
    expect(await ended({ sees }, { user: USER })).to.contain('no operator');
    expect(await ended({ sees, made_by: 'secret:s' }, { secret: SECRET })).to.contain('no operator');
  });

  it('do not tell other subscribers who that was', async () => {
    const id = '018f4e9a-6b1c-7c3d-9e2f-5a4b3c2d1e0f';
    const other = { organization_id: 'another' };
    for (const why of [
      await ended({ made_by: `user:${id}` }, {}),
      await ended({ made_by: `user:${id}`, sees: 'everything' }, { user: { ...USER, id } }),
      await ended({ made_by: `user:${id}` }, { user: { ...USER, id, ...other } }),
      await ended({ made_by: `secret:${id}` }, {}),
      await ended({ made_by: `secret:${id}`, sees: 'everything' }, { secret: { ...SECRET, id } }),
      await ended({ made_by: `secret:${id}` }, { secret: { ...SECRET, id, ...other } }),
    ]) {
      expect(why)
        .to.match(/chose its URL/)
        .and.not.contain(id);
    }
  });
});
