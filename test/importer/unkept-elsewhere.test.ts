import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Keeping } from '../../src/importer/keeping.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { recorded } from '../support/recorded.ts';

const MINUTE_MS = 60_000;
const FULL = 'The service cannot keep the bytes just now: its disk is full.';

describe('what a node knows of images that other processes could not keep', () => {
  let clock: FakeClock;
  let keeping: Keeping;

  beforeEach(() => {
    clock = new FakeClock();
    keeping = new Keeping(clock);
  });

  function waits(importId: string, reason = 'storage_unavailable', metadata: object = { user_id: undefined }): void {
    const data = {
      album_id: null,
      attempt: 0,
      reason,
      detail: FULL,
      calls: [],
      not_before: '2026-11-24T09:30:10.000Z',
    };
    keeping.saw(recorded({ type: 'ImportRetryScheduled', stream: `import-${importId}`, revision: 2, data, metadata }));
  }

  function ends(importId: string, type: string): void {
    keeping.saw(recorded({ type, stream: `import-${importId}`, revision: 4 }));
  }

  it('is how many imports wait for that, since when, and what was said of the last', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const since = new Date(clock.now()).toISOString();
    waits(first);
    await clock.pass(MINUTE_MS);
    waits(second);
    waits(first);
    expect(keeping.trouble).to.deep.equal({
      reason: `another node or \`imports work\` could not keep the images of 2 imports that wait: ${FULL.slice(0, -1)}`,
      since,
    });
  });

  for (const type of ['ImportSucceeded', 'ImportFailed', 'ImportCancelled']) {
    it(`is nothing after the last of them has come to ${type}`, () => {
      const [first, second] = [randomUUID(), randomUUID()];
      waits(first);
      waits(second);
      ends(first, type);
      expect(keeping.trouble?.reason).to.contain('1 import that waits');
      ends(second, type);
      expect(keeping.trouble).to.equal(null);
    });
  }

  it('is nothing if it waits for something else, or has not been tried again for a while', async () => {
    const importId = randomUUID();
    waits(importId, 'source_unavailable');
    expect(keeping.trouble).to.equal(null);
    waits(importId);
    waits(importId, 'source_unavailable');
    expect(keeping.trouble).to.equal(null);
    waits(importId);
    await clock.pass(15 * MINUTE_MS + 1);
    expect(keeping.trouble).to.equal(null);
  });

  it("is not what a user's worker says of a disk of its own", () => {
    waits(randomUUID(), 'storage_unavailable', { user_id: randomUUID() });
    expect(keeping.trouble).to.equal(null);
  });

  it('is not what this node could not keep itself, whose trouble is over with the next image', () => {
    const importId = randomUUID();
    keeping.failed(new Error('no space left'), 500, importId);
    waits(importId);
    expect(keeping.trouble?.reason).to.equal('no space left');
    keeping.worked(500);
    expect(keeping.trouble).to.equal(null);
    waits(importId);
    expect(keeping.trouble).not.to.equal(null);
  });

  it('forgets the oldest if there are very many', () => {
    const ids = Array.from({ length: 1_001 }, () => randomUUID());
    for (const id of ids) waits(id);
    expect(keeping.trouble?.reason).to.contain(' 1000 imports that wait');
  });
});
