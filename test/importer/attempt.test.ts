import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Params } from '../../src/events/event-types.ts';
import { Attempt, AttemptEnded, type AttemptParts } from '../../src/importer/attempt.ts';
import type { WholeDraft } from '../../src/importer/blobs/blob-store.ts';
import { Drafts } from '../../src/importer/blobs/draft.ts';
import type { Claim } from '../../src/importer/claims.ts';
import { imageIdOf } from '../../src/importer/image-id.ts';
import { ImportFailure } from '../../src/importer/import-failure.ts';
import type { Taken } from '../../src/redaction/redact.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';
import { FakeSource, PNG } from './world/fake-source.ts';

const ID = '3d172b54-f40f-4df9-9342-0b042fac5382';
const MS = 120_000;

describe('an attempt', () => {
  const directory = temporaryDirectory();
  const folder = join(directory.path, 'tmp');
  let clock: FakeClock;
  let source: FakeSource;
  let kept: WholeDraft[];
  let keep: (draft: WholeDraft) => Promise<void>;
  let credentials: readonly Taken[] | null;

  beforeEach(() => {
    [clock, source, kept, credentials] = [new FakeClock(), new FakeSource(), [], null];
    keep = async (draft) => {
      expect(readFileSync(draft.path).equals(PNG)).to.equal(true);
      kept.push(draft);
    };
  });

  afterEach(() => until('its temporary file is gone', () => readdirSync(folder).length === 0));
  after(() => directory.remove());

  const claimFor = (params: Params, redacted: string[] = []): Claim => ({
    ...{ importId: ID, organizationId: '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83', albumId: null, revision: 1 },
    ...{ eventId: 'e', attempt: 1, worker: 'w', deadlineMs: clock.now() + MS, params },
    request: {
      organization_id: '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83',
      import_type: null,
      album_id: null,
      params,
      redacted,
    },
  });
  const begin = (params: Params = { url: 'https://example.com/1.png' }, redacted: string[] = []) => {
    const parts: AttemptParts = {
      drafts: new Drafts({ folder, limitBytes: 1_000_000, floorBytes: 0 }),
      blobs: { keep: (draft) => keep(draft) },
      look: async () => ({ format: 'png', contentType: 'image/png', width: 480, height: 320 }),
      sources: { url: source, salesforce: source },
      credentialsOf: async () => credentials,
      clock,
    };
    const attempt = new Attempt(claimFor(params, redacted), parts);
    const ended = attempt.run(MS).catch((error) => error);
    return { attempt, ended };
  };
  const fetching = () => until('it is asked', () => source.fetching[0]);

  it('fetches the image, looks at it and keeps its bytes', async () => {
    const { ended } = begin();
    await (await fetching()).give();
    const { image, source: from, calls } = await ended;
    const sha256 = createHash('sha256').update(PNG).digest('hex');
    expect(image).to.deep.equal({
      ...{ id: imageIdOf(ID), sha256, md5: createHash('md5').update(PNG).digest('hex'), bytes: PNG.length },
      ...{ content_type: 'image/png', format: 'png', width: 480, height: 320, filename: '1.png' },
    });
    expect(from).to.deep.equal({ kind: 'url', host: 'example.com', path: '/1.png' });
    expect(calls).to.have.length(1);
    expect(kept.map((draft) => draft.sha256)).to.deep.equal([sha256]);
    expect(clock.timers).to.equal(0);
  });

  it('says how much has come', async () => {
    const { attempt, ended } = begin();
    const { progress, sink, give } = await fetching();
    expect(attempt.bytesSoFar).to.deep.equal({ received: 0, expected: null });
    progress.expect(1_000);
    await sink.write(Buffer.alloc(10));
    expect(attempt.bytesSoFar).to.deep.equal({ received: 10, expected: 1_000 });
    await give({ bytes: PNG.length + 10 });
    await ended;
  });

  for (const [what, said] of [
    ['length', { bytes: PNG.length + 1 }],
    ['md5', { md5: 'd41d8cd98f00b204e9800998ecf8427e' }],
  ] as const) {
    it(`fails if the ${what} is not what the source says`, async () => {
      const { ended } = begin();
      await (await fetching()).give(said);
      expect(await ended)
        .to.be.instanceOf(ImportFailure)
        .with.property('reason', 'checksum_mismatch');
      expect(kept).to.deep.equal([]);
    });
  }

  it('fails without a call if no parameter names a source', async () => {
    expect(await begin({ filename: '1.png' }).ended).to.have.property('reason', 'source_missing');
    expect(source.asked).to.deep.equal([]);
  });

  it('gives the credentials that were sealed to the source, and fails if they are gone', async () => {
    const taken = [{ place: 'headers[Authorization]', original: 'Bearer x' }];
    credentials = taken;
    const { ended } = begin({ url: 'https://example.com/1.png' }, ['headers[Authorization]']);
    const { wanted, give } = await fetching();
    expect(wanted.credentials).to.deep.equal(taken);
    await give();
    await ended;
    credentials = null;
    const gone = begin({ url: 'https://example.com/1.png' }, ['headers[Authorization]']);
    expect(await gone.ended).to.have.property('reason', 'credentials_gone');
  });

  it('ends in time though its source hangs, with time left to keep what came', async () => {
    const { ended } = begin();
    const { signal } = await fetching();
    await clock.pass(MS - 15_001);
    expect(signal.aborted).to.equal(false);
    await clock.pass(1);
    const failure = await ended;
    expect(failure).to.have.property('reason', 'source_unavailable');
    expect(failure.message).to.match(/within 120 s/);
    expect(signal.aborted).to.equal(true);
  });

  it('ends in time though the store of bytes hangs', async () => {
    keep = () => new Promise(() => {});
    const { ended } = begin();
    await (await fetching()).give();
    await until('it is being kept', () => clock.timers === 1);
    await clock.pass(15_000);
    expect(await ended).to.have.property('reason', 'storage_unavailable');
  });

  it('ends when it is told to, and not after it is over', async () => {
    const { attempt, ended } = begin();
    const { signal } = await fetching();
    attempt.end('stopped');
    const error = await ended;
    expect(error).to.be.instanceOf(AttemptEnded).with.property('why', 'stopped');
    expect(signal.aborted).to.equal(true);
    const other = begin();
    await (await until('it is asked again', () => source.fetching[1])).give();
    await other.ended;
    other.attempt.end('over');
  });

  it('takes nothing more from a source that goes on after its end', async () => {
    const { attempt, ended } = begin();
    const { sink } = await fetching();
    attempt.end('over');
    await ended;
    await until('its temporary file is gone', () => readdirSync(folder).length === 0);
    await sink.write(Buffer.alloc(500_000));
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('keeps a bounded record of calls', async () => {
    const { attempt, ended } = begin();
    const { progress, give } = await fetching();
    const at = new Date().toISOString();
    for (let count = 0; count < 100; count += 1) {
      progress.called({ request: 'GET https://example.com/', status: 302, error: null, at, ms: 1 });
    }
    await give();
    await ended;
    expect(attempt.calls).to.have.length(20);
  });
});
