import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { imageIdOf } from '../../../src/importer/image-id.ts';
import { describeOnEachStores } from '../../support/for-each-stores.ts';
import { PNG } from '../../support/png.ts';
import { until } from '../../support/until.ts';
import { WorkerClient } from './worker-client.ts';

describeOnEachStores('a worker outside', (stores) => {
  const client = new WorkerClient(() => stores.env());

  // The mark comes first: what was asked for before it is not performed.
  before(() => client.claim());

  it('gets an import, brings its image, and the import succeeds', async () => {
    const id = await client.requested();
    const [claim, ...others] = await client.claim({ seconds: 600 });
    expect(others).to.deep.equal([]);
    expect(claim).to.deep.include({ attempt: 1 });
    expect(claim?.import).to.include({ id });
    expect(claim?.import.params).to.include({ url: 'https://example.com/1.jpg' });
    expect(Date.parse(claim?.deadline as string) - Date.now()).to.be.closeTo(600_000, 10_000);
    expect(await client.claim()).to.deep.equal([]);
    const { status, body } = await client.complete(claim?.id as string, PNG, '?filename=a.png&external_id=mine-1');
    expect(status, JSON.stringify(body)).to.equal(200);
    expect(body).to.include({ status: 'succeeded', image_id: imageIdOf(id) });
    const sha256 = createHash('sha256').update(PNG).digest('hex');
    expect(client.blobs.kept.get(sha256)).to.deep.equal(PNG);
  });

  it('says why it could not, and the import waits', async () => {
    const id = await client.requested();
    const [claim] = await client.claim();
    const { status, body } = await client.fail(claim?.id as string, {
      reason: 'source_unavailable',
      detail: 'The host answered 503.',
      retry_after: 3_600,
    });
    expect(status).to.equal(200);
    expect(body).to.include({ status: 'waiting', reason: 'source_unavailable', attempts: 1 });
    expect(Date.parse(body.next_attempt_at as string) - Date.now()).to.be.closeTo(3_600_000, 10_000);
    expect(await client.statusOf(id)).to.include({ detail: 'The host answered 503.' });
  });

  it('waits for work', async () => {
    const waiting = client.claim({ wait_seconds: 20 });
    await until('it waits', () => client.services.streams.open === 1);
    const id = await client.requested();
    expect((await waiting).map((claim) => claim.import.id)).to.deep.equal([id]);
  });
});
