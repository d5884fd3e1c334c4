import { expect } from 'chai';
import { parseJson } from '../../../src/events/json.ts';
import { ImportFailure } from '../../../src/importer/import-failure.ts';
import { Credentials } from '../../../src/importer/sealed/credentials.ts';
import { EmbeddedSealedStore } from '../../../src/importer/sealed/embedded/embedded-sealed-store.ts';
import type { Taken } from '../../../src/redaction/redact.ts';
import { Keys } from '../../../src/tokens/keys.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const [ONE, OTHER] = ['0b042fac-f40f-4df9-9342-3d172b543d17', '3d172b54-f40f-4df9-9342-0b042fac5382'];
const HOURS = 3_600_000;

describe('the credentials of imports', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let store: EmbeddedSealedStore;
  let credentials: Credentials;
  let nowMs: number;

  beforeEach(() => {
    directory = temporaryDirectory();
    store = new EmbeddedSealedStore({ file: `${directory.path}/sealed.db` });
    nowMs = Date.parse('2026-11-26T00:00:00.000Z');
    credentials = withKey('a secret of the tests, long enough for HS256');
  });

  afterEach(async () => {
    await store.close();
    directory.remove();
  });

  const withKey = (master: string) => new Credentials(store, new Keys(master), () => nowMs);

  it('come back as they were taken: in their order, numbers as sent, with any names', async () => {
    const text =
      '[{"place":"headers[b]","original":1.0},{"place":"headers[a]","original":{"__proto__":{"x":12345678901234567890},"constructor":[-0,1e400,null]}},' +
      '{"place":"url","original":"https://\\ud800:x@h/\\u0000"}]';
    await credentials.keep(ONE, parseJson(text) as Taken[]);
    expect(JSON.stringify(await credentials.of(ONE))).to.equal(text);
  });

  it('are of one import', async () => {
    await credentials.keep(ONE, [{ place: 'url', original: 'one' }]);
    expect(await credentials.of(OTHER)).to.equal(null);
    await credentials.keep(OTHER, [{ place: 'url', original: 'other' }]);
    await credentials.forget(ONE);
    expect(await credentials.of(ONE)).to.equal(null);
    expect(await credentials.of(OTHER)).to.deep.equal([{ place: 'url', original: 'other' }]);
  });

  it('are gone after 72 hours', async () => {
    await credentials.keep(ONE, []);
    nowMs += 72 * HOURS - 1;
    expect(await credentials.removeExpired()).to.equal(0);
    nowMs += 1;
    expect(await credentials.removeExpired()).to.equal(1);
    expect(await credentials.areThere(ONE)).to.equal(false);
  });

  it('are gone if the key is another one, which says nothing of them', async () => {
    await credentials.keep(ONE, [{ place: 'url', original: 's3cret' }]);
    const error = await rejectionOf(withKey('another secret of the tests, long enough too').of(ONE));
    expect(error).to.be.instanceOf(ImportFailure).and.to.include({ reason: 'credentials_gone' });
    expect(error.message)
      .to.match(/which JWT_SECRET does not have/)
      .and.to.not.include('s3cret');
  });

  it('are gone if they were exchanged in the store', async () => {
    await credentials.keep(ONE, [{ place: 'url', original: 'one' }]);
    await store.put(`import ${OTHER}`, (await store.get(`import ${ONE}`)) as Uint8Array, null);
    expect(await rejectionOf(credentials.of(OTHER))).to.include({ reason: 'credentials_gone' });
  });

  it('are listed by import, and what else is in the store is not', async () => {
    for (const id of [OTHER, ONE]) await credentials.keep(id, []);
    await store.put('connection 2', Buffer.of(1), null);
    expect(await credentials.ownImports(null, 10)).to.deep.equal([ONE, OTHER]);
    expect(await credentials.ownImports(ONE, 10)).to.deep.equal([OTHER]);
  });
});
