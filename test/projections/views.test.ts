import { expect } from 'chai';
import { viewOf } from '../../src/projections/fold.ts';
import { fold } from '../../src/projections/fold-stream.ts';
import { domainEvent, IMPORT_REQUESTED, METADATA, USER_REGISTERED, USER_REMOVED } from '../support/events.ts';

const ID = '3d172b54-f40f-4df9-9342-0b042fac5382';
const LATER = '2020-01-01T00:00:00.000Z';

describe('a view', () => {
  it('of an import shows what was requested, and when', () => {
    const stored = fold('import', ID, [domainEvent(`import-${ID}`, 0, IMPORT_REQUESTED)]);
    expect(stored?.revision).to.equal(0);
    expect(stored?.view).to.include({
      id: ID,
      organization_id: METADATA.organization_id,
      image_id: null,
      import_type: 'salesforce',
      album_id: '5005800000HEXCtAAP',
      params: JSON.stringify(IMPORT_REQUESTED.data.params),
      created_at: METADATA.occurred_at,
      updated_at: METADATA.occurred_at,
    });
  });

  it('of a user shows when they were removed, and forgets it when they are registered again', () => {
    const stream = `user-${ID}`;
    const registered = domainEvent(stream, 0, USER_REGISTERED);
    const removed = domainEvent(stream, 1, USER_REMOVED, LATER);
    const again = domainEvent(stream, 2, USER_REGISTERED, LATER);
    expect(fold('user', ID, [registered, removed])).to.deep.include({
      revision: 1,
      view: {
        id: ID,
        ...USER_REGISTERED.data,
        registered_at: METADATA.occurred_at,
        removed_at: LATER,
      },
    });
    expect(fold('user', ID, [registered, removed, again])?.view).to.include({ registered_at: LATER, removed_at: null });
  });

  it('of a secret shows when it was issued and revoked, and nothing of the secret', () => {
    const stream = `secret-${ID}`;
    const issued = domainEvent(stream, 0, {
      type: 'SecretIssued',
      data: { organization_id: METADATA.organization_id },
    });
    const revoked = domainEvent(stream, 1, { type: 'SecretRevoked', data: {} }, LATER);
    expect(fold('secret', ID, [issued, revoked])?.view).to.deep.equal({
      id: ID,
      organization_id: METADATA.organization_id,
      issued_at: METADATA.occurred_at,
      revoked_at: LATER,
    });
  });

  it('refuses an event that does not belong to it', () => {
    expect(() => fold('import', ID, [domainEvent(`import-${ID}`, 0, USER_REGISTERED)])).to.throw(
      /does not belong here/,
    );
    expect(() => fold('user', ID, [domainEvent(`user-${ID}`, 0, USER_REMOVED)])).to.throw(/does not belong here/);
  });

  it('is folded from the streams of imports, users and secrets, and from no other', () => {
    expect(viewOf(`import-${ID}`)).to.deep.equal({ kind: 'import', id: ID, stream: `import-${ID}` });
    expect(viewOf('operations')).to.equal(null);
    expect(viewOf('__proto__-x')).to.equal(null);
  });
});
