import { expect } from 'chai';
import type { EventData, Fact } from '../../src/events/event-types.ts';
import { IMPORT_LIFETIME_MS } from '../../src/events/import-events.ts';
import type { EventMetadata } from '../../src/events/metadata.ts';
import { type ImportView, importView } from '../../src/projections/views/import-view.ts';
import { image, source } from '../commands/import/life.ts';
import { domainEvent, IMPORT_REQUESTED, METADATA } from '../support/events.ts';

const ID = '3d172b54-f40f-4df9-9342-0b042fac5382';
const LOG = '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90';
const OTHER_LOG = '00000000-0000-4000-8000-000000000000';
const ASKED_MS = Date.parse(METADATA.occurred_at);
const ALBUM = { album_id: IMPORT_REQUESTED.data.album_id };

/** So many minutes after the request. */
const minute = (number: number) => new Date(ASKED_MS + number * 60_000).toISOString();

/** Each fact is a minute after the one before it. */
type Step = Fact & { readonly metadata?: Partial<EventMetadata> };

function folded(...steps: Step[]): ImportView {
  let view: ImportView | null = null;
  for (const [revision, { metadata, ...fact }] of steps.entries()) {
    const event = domainEvent(`import-${ID}`, revision, fact as Fact);
    const occurred = { ...METADATA, log: LOG, occurred_at: minute(revision), ...metadata };
    view = importView.evolve(view, { ...event, id: `event ${revision}`, metadata: occurred }, ID);
  }
  return view as ImportView;
}

const request = (data: Partial<EventData['ImportRequested']> = {}): Fact => ({
  type: 'ImportRequested',
  data: { ...IMPORT_REQUESTED.data, params: { url: 'https://h/x.png' }, ...data },
});
const requested = request();
const started: Fact = {
  type: 'ImportStarted',
  data: { ...ALBUM, attempt: 1, worker: 'f.w', deadline: minute(3) },
};
const scheduled: Fact = {
  type: 'ImportRetryScheduled',
  data: { ...ALBUM, attempt: 1, reason: 'source_unavailable', detail: '503', calls: [], not_before: minute(9) },
};
const failed: Fact = {
  type: 'ImportFailed',
  data: { ...ALBUM, attempt: 1, reason: 'not_an_image', detail: 'HTML', calls: [] },
};
const cancelled: Fact = { type: 'ImportCancelled', data: ALBUM };
const again: Fact = { type: 'ImportRetryRequested', data: { ...ALBUM, reason: 'mended' } };
const brought = { image, source };
const succeeded: Fact = { type: 'ImportSucceeded', data: { ...ALBUM, attempt: 1, ...brought, calls: [] } };

const ENDED = { lane: null, due_at: null, expires_at: null, worker: null, claim: null };

describe('the view of an import', () => {
  it('waits from the request on: due at once, for 72 hours, in the lane of its source, in the log of the request', () => {
    expect(folded(requested)).to.deep.include({
      ...{ status: 'waiting', attempts: '0', reason: null, detail: null },
      ...{ source: 'url', lane: 'url', log: LOG, due_at: minute(0) },
      expires_at: new Date(ASKED_MS + IMPORT_LIFETIME_MS).toISOString(),
      ...{ started_at: null, ended_at: null, worker: null, claim: null, image: null, image_id: null },
    });
  });

  it('is in the lane of no log if a release before 0.3 recorded the request', () => {
    expect(folded({ ...requested, metadata: { log: undefined } }).log).to.equal(null);
  });

  const lanes = {
    none: [
      ...[{ params: {} }, { params: { url: '' } }, { params: { url: null } }, { params: { url: ['https://h/'] } }],
      // Nobody need be asked to see that these ids are wrong, so a connection that is missing does not matter.
      ...[{ params: { content_document_id: '0694I000008HV8MQAX' } }, { params: { attachment_id: '069000000000001' } }],
    ],
    url: [
      { params: { url: 'https://h/' } },
      { params: { url: 'https://h/', content_document_id: '069', import_type: 'url' } },
      { params: { url: 'https://h/' }, redacted: ['token', 'other[Authorization]'] },
    ],
    sealed: [
      { params: { url: 'https://h/' }, redacted: ['headers[Authorization]'] },
      { params: { url: 'https://[FILTERED]@h/' }, redacted: ['url'] },
    ],
    salesforce: [
      { params: { content_document_id: '0694I000008HV8MQAW' } },
      { params: { attachment_id: '00P000000000001' } },
      { params: { url: 'https://h/', attachment_id: '00P000000000001' }, redacted: ['url'] },
    ],
  } as const;
  for (const [lane, requests] of Object.entries(lanes)) {
    it(`waits in the lane ${lane} if the request is so`, () => {
      for (const data of requests) {
        const { params, redacted } = data as Partial<EventData['ImportRequested']>;
        const view = folded(request({ params, ...(redacted && { redacted: [...redacted] }) }));
        expect([view.source, view.lane], JSON.stringify(data)).to.deep.equal([lane, lane]);
      }
    });
  }

  it('runs after a claim: it has a worker, a deadline and no reason', () => {
    expect(folded(requested, started, scheduled, started)).to.deep.include({
      ...{ status: 'running', attempts: '1', reason: null, detail: null },
      ...{ source: 'url', lane: 'running', log: LOG, due_at: minute(3), started_at: minute(3), ended_at: null },
      ...{ worker: 'f.w', claim: 'event 3' },
    });
  });

  it('waits again after an attempt: it says why, and when it is due', () => {
    expect(folded(requested, started, scheduled)).to.deep.include({
      ...{ status: 'waiting', attempts: '1', reason: 'source_unavailable', detail: '503' },
      ...{ lane: 'url', due_at: minute(9), started_at: minute(1), ended_at: null, worker: null, claim: null },
      expires_at: new Date(ASKED_MS + IMPORT_LIFETIME_MS).toISOString(),
    });
  });

  it('has an image after it has succeeded, and is in no lane', () => {
    expect(folded(requested, started, scheduled, started, succeeded)).to.deep.include({
      ...{ status: 'succeeded', attempts: '1', reason: null, detail: null, started_at: minute(3), ended_at: minute(4) },
      ...{ ...ENDED, image_id: brought.image.id, image: JSON.stringify(brought), updated_at: minute(4) },
    });
  });

  it('says why it has failed, and is in no lane', () => {
    expect(folded(requested, started, failed)).to.deep.include({
      ...{ status: 'failed', attempts: '1', reason: 'not_an_image', detail: 'HTML', ended_at: minute(2) },
      ...{ ...ENDED, image_id: null, image: null },
    });
  });

  it('is in no lane after it was cancelled, and gives no reason', () => {
    expect(folded(requested, started, scheduled, cancelled)).to.deep.include({
      ...{ status: 'cancelled', reason: null, detail: null, ended_at: minute(3), ...ENDED },
    });
  });

  it('waits anew after a request for a retry, in the log of that', () => {
    const metadata = { log: OTHER_LOG };
    expect(folded(requested, started, failed, { ...again, metadata })).to.deep.include({
      ...{ status: 'waiting', attempts: '1', reason: null, detail: null, lane: 'url', log: OTHER_LOG },
      ...{ due_at: minute(3), ended_at: null, worker: null, claim: null, started_at: minute(1) },
      expires_at: new Date(ASKED_MS + 3 * 60_000 + IMPORT_LIFETIME_MS).toISOString(),
    });
    expect(folded(requested, started, { ...again, metadata })).to.include({ status: 'waiting', worker: null });
  });

  it('is newer only if its image is there', () => {
    for (const step of [started, scheduled, failed, cancelled, again]) {
      expect(folded(requested, step), step.type).to.include({ updated_at: minute(0), created_at: minute(0) });
    }
    expect(folded(requested, succeeded).updated_at).to.equal(minute(1));
  });

  it('begins again with a request after others have deleted its stream', () => {
    expect(folded(requested, started, requested)).to.include({
      status: 'waiting',
      attempts: '0',
      created_at: minute(2),
    });
  });

  it('has no event before the request', () => {
    for (const step of [started, scheduled, succeeded, failed, cancelled, again]) {
      expect(() => folded(step)).to.throw(/does not belong here/);
    }
  });
});
