import { expect } from 'chai';
import { IMPORT_LIFETIME_MS } from '../../src/events/import-events.ts';
import type { ConnectionStanding } from '../../src/importer/connections.ts';
import { Expiry, type ExpiryParts } from '../../src/importer/expiry.ts';

/** With what an import from Salesforce ends that has waited for too long while its connection stands so. */
async function endOf(standing: ConnectionStanding): Promise<unknown> {
  const ends: unknown[] = [];
  const view = { id: 'an import', organization_id: 'o', reason: null, detail: null };
  const expiresAt = new Date().toISOString();
  const expiry = new Expiry({
    readModel: {
      work: {
        expired: async ({ lane }: { lane: string }, after: string) =>
          lane === 'salesforce' && after < expiresAt
            ? [{ id: view.id, organizationId: 'o', dueAt: '', expiresAt }]
            : [],
      },
      getMany: async (_: string, ids: readonly string[]) => new Map(ids.map((id) => [id, { revision: 0, view }])),
    } as unknown as ExpiryParts['readModel'],
    claims: {
      async expire(_, why) {
        ends.push(why);
        return true;
      },
    },
    connections: { standing: () => standing },
    mark: async () => ({
      performed: { log: 'l', after: 0n },
      madeAt: new Date(Date.now() - 2 * IMPORT_LIFETIME_MS).toISOString(),
    }),
    clock: { now: Date.now },
    observer: { expired: () => {} },
    forgetCredentials: async () => {},
  });
  await expiry.run(new AbortController().signal);
  return ends[0];
}

describe('an import that has waited for too long for a connection', () => {
  const until = null;

  it('fails with what the connection is paused for', async () => {
    expect(await endOf({ kind: 'paused', reason: 'limit_exceeded', detail: 'Too many.', until })).to.deep.equal({
      ...{ reason: 'limit_exceeded', detail: 'Too many.' },
    });
  });

  it('does not tell the words of an operator, which are for operators', async () => {
    expect(await endOf({ kind: 'paused', reason: 'asked', detail: 'they have not paid', until })).to.deep.equal({
      ...{ reason: 'connection_refused', detail: 'The operators paused the connection.' },
    });
  });
});
