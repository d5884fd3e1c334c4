import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import type { ImportReason } from '../../src/events/import-events.ts';
import { Attempt, AttemptEnded, type AttemptParts } from '../../src/importer/attempt.ts';
import { Drafts } from '../../src/importer/blobs/draft.ts';
import type { Claim } from '../../src/importer/claims.ts';
import { imageIdOf } from '../../src/importer/image-id.ts';
import { ImportFailure } from '../../src/importer/import-failure.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeSource } from '../support/fake-source.ts';
import { claimFor } from '../support/import-stores.ts';
import { MemoryBlobs } from '../support/memory-blobs.ts';
import { PNG } from '../support/png.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const ID = '3d172b54-f40f-4df9-9342-0b042fac5382';
const SEEN = { format: 'png', contentType: 'image/png', width: 3, height: 2 };
const never = () => new Promise<never>(() => {});

describe('an attempt', () => {
  const directory = temporaryDirectory();
  let clock: FakeClock;
  let source: FakeSource;
  let salesforce: FakeSource;
  let blobs: MemoryBlobs;
  const attempts: Attempt[] = [];

  beforeEach(() => {
    [clock, source, salesforce, blobs] = [new FakeClock(), new FakeSource(), new FakeSource(), new MemoryBlobs()];
  });

  afterEach(() => {
    for (const attempt of attempts.splice(0)) attempt.end('over');
  });

  after(() => directory.remove());

  const partsWith = (parts: Partial<AttemptParts>): AttemptParts => ({
    ...{ clock, blobs, sources: { url: source, salesforce } },
    drafts: new Drafts({ folder: directory.path, limitBytes: 1_000_000 }),
    credentialsOf: async () => [],
    look: async () => SEEN,
    ...parts,
  });
  const begin = (parts: Partial<AttemptParts> = {}, claim: Claim = claimFor(ID)) => {
    const attempt = new Attempt(claim, partsWith(parts));
    attempts.push(attempt);
    const ended = attempt.run(120_000);
    // It may end before the test awaits it.
    ended.catch(() => {});
    return { attempt, ended };
  };
  /** The next one that is begun. */
  const fetching = (of = source) => until('it is fetched', () => of.begun.shift());
  const reasonOf = async (ended: Promise<unknown>): Promise<ImportReason> => {
    const error = await rejectionOf(ended);
    expect(error).to.be.instanceOf(ImportFailure);
    return (error as ImportFailure).reason;
  };
  const noDraftIsLeft = () => until('the draft is removed', () => readdirSync(directory.path).length === 0);

  it('makes an image of what the source gives, and tells how far it is', async () => {
    const { attempt, ended } = begin();
    const { sink, progress, give } = await fetching();
    expect(attempt.bytesSoFar).to.deep.equal({ received: 0, expected: null });
    progress.expect(2 * PNG.length);
    await sink.write(PNG);
    expect(attempt.bytesSoFar).to.deep.equal({ received: PNG.length, expected: 2 * PNG.length });
    await give();
    const { image } = await ended;
    expect(image).to.deep.include({ id: imageIdOf(ID), bytes: 2 * PNG.length, content_type: 'image/png', width: 3 });
    expect([...blobs.kept.keys()]).to.deep.equal([image.sha256]);
    await noDraftIsLeft();
    expect(clock.timers).to.equal(0);
  });

  it('asks the source that the request names, with what was sealed if something was', async () => {
    const taken = [{ path: ['headers', 'Authorization'], value: 'Bearer x' }] as never;
    const asked: string[] = [];
    const credentialsOf = async (id: string) => {
      asked.push(id);
      return taken;
    };
    begin({ credentialsOf }, claimFor(ID, { content_document_id: '0694I000008HV8MQAW' }));
    expect((await fetching(salesforce)).wanted.credentials).to.deep.equal([]);
    expect(asked).to.deep.equal([]);
    begin({ credentialsOf }, claimFor(ID, { url: 'https://example.com/1.png' }, ['headers[Authorization]']));
    expect((await fetching()).wanted).to.deep.include({ importId: ID, credentials: taken });
    expect(asked).to.deep.equal([ID]);
  });

  it('fails at once where no source is named, and where the credentials are gone', async () => {
    expect(await reasonOf(begin({}, claimFor(ID, { filename: '1.png' })).ended)).to.equal('source_missing');
    const other = claimFor(ID, { import_type: 'salesforce', url: 'https://example.com/1.png' });
    const failure = await begin({}, other).ended.catch((error) => error);
    expect(failure).to.include({ reason: 'source_missing' });
    expect(failure.message).to.match(/^import_type is salesforce, .+ attachment_id /);
    const sealed = claimFor(ID, { url: 'https://example.com/1.png' }, ['headers[Authorization]']);
    expect(await reasonOf(begin({ credentialsOf: async () => null }, sealed).ended)).to.equal('credentials_gone');
    expect(source.begun).to.deep.equal([]);
  });

  it('fails as the source and the look do', async () => {
    const refused = begin();
    (await fetching()).fail(new ImportFailure('source_forbidden', 'The server answered 403.'));
    expect(await reasonOf(refused.ended)).to.equal('source_forbidden');
    const look = () => Promise.reject(new ImportFailure('not_an_image', 'It is a page.'));
    const seen = begin({ look });
    await (await fetching()).give();
    expect(await reasonOf(seen.ended)).to.equal('not_an_image');
    expect(blobs.kept.size).to.equal(0);
    await noDraftIsLeft();
  });

  describe('that does not come to an end', () => {
    it('is ended if its source hangs, with time left to record that', async () => {
      const { ended } = begin();
      const { signal, sink } = await fetching();
      await sink.write(PNG);
      await clock.pass(104_000);
      expect(signal.aborted).to.equal(false);
      await clock.pass(1_000);
      expect(signal.aborted).to.equal(true);
      expect(await reasonOf(ended)).to.equal('source_unavailable');
      await noDraftIsLeft();
    });

    it('is ended if what it needs before it asks hangs, for no fault of the source', async () => {
      for (const [parts, redacted] of [
        [{ drafts: { begin: never } }, []],
        [{ credentialsOf: never }, ['url']],
      ] as const) {
        const { ended } = begin(parts, claimFor(ID, { url: 'https://example.com/1.png' }, redacted));
        await clock.pass(120_000);
        expect(await reasonOf(ended)).to.equal('storage_unavailable');
      }
      expect(source.begun).to.deep.equal([]);
    });

    it('is ended if the store or the look hangs, within its whole time', async () => {
      for (const parts of [{ blobs: { keep: never } }, { look: never }]) {
        const { ended } = begin(parts);
        const { give } = await fetching();
        await clock.pass(104_000);
        await give();
        await until('the source has given all', () => clock.timers === 1);
        await clock.pass(15_000);
        await clock.pass(1_000);
        expect(await reasonOf(ended)).to.equal('storage_unavailable');
      }
      await noDraftIsLeft();
    });

    it('is not waited for, and what comes of it later does nothing', async () => {
      const { attempt, ended } = begin();
      const late = await fetching();
      await clock.pass(120_000);
      await rejectionOf(ended);
      await late.give();
      late.progress.expect(1);
      attempt.end('stopped');
      await clock.pass(1_000);
      expect(blobs.kept.size).to.equal(0);
      await noDraftIsLeft();
    });
  });

  it('ends at once when it is ended from outside, and not after its end', async () => {
    for (const why of ['stopped', 'over'] as const) {
      const { attempt, ended } = begin();
      const { signal } = await fetching();
      attempt.end(why);
      const error = await rejectionOf(ended);
      expect(error).to.be.instanceOf(AttemptEnded).and.include({ why });
      expect(signal.aborted).to.equal(true);
    }
    const { attempt, ended } = begin();
    const { give, signal } = await fetching();
    await give();
    await ended;
    attempt.end('stopped');
    expect(signal.aborted).to.equal(false);
    await noDraftIsLeft();
  });

  it('can be ended before it begins', async () => {
    const attempt = new Attempt(claimFor(ID), partsWith({}));
    attempt.end('stopped');
    expect(await rejectionOf(attempt.run(120_000))).to.be.instanceOf(AttemptEnded);
    await noDraftIsLeft();
  });

  it('records few of the calls of a source that makes many', async () => {
    const { attempt } = begin();
    const { progress } = await fetching();
    const call = { request: 'GET https://example.com/1.png', status: 302, error: null, at: '', ms: 1 };
    for (let count = 0; count < 100; count += 1) progress.called(call);
    expect(attempt.calls).to.have.length(20);
    attempt.end('over');
  });
});
