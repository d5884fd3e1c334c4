import { expect } from 'chai';
import { timelineOf, whyUnreadable } from '../../src/history/timeline.ts';
import { IMPORT_REQUESTED, USER_REGISTERED } from '../support/events.ts';
import { recorded } from '../support/recorded.ts';

const USER_STREAM = 'user-f1900bba-e339-4dc9-87df-9dc8665adead';
const registered = recorded({ stream: USER_STREAM, ...USER_REGISTERED });
const removed = recorded({ stream: USER_STREAM, revision: 1, type: 'UserRemoved' });

describe('the timeline of a stream', () => {
  it('has each event with its changes', () => {
    const [first, second] = timelineOf([registered, removed]);
    expect(first?.changes.map(({ field }) => field)).to.deep.equal([
      'id',
      'organization_id',
      'role',
      'registered_at',
      'removed_at',
    ]);
    expect(second?.changes).to.deep.equal([
      { field: 'removed_at', before: 'null', after: '"2019-04-08T17:38:58.041Z"' },
    ]);
    expect([first?.problem, second?.problem]).to.deep.equal([null, null]);
    expect(second?.stored?.revision).to.equal(1);
  });

  it('has who, when and why', () => {
    const [entry] = timelineOf([recorded({ ...IMPORT_REQUESTED, metadata: { operator: 'root' } })]);
    expect(entry?.details).to.deep.equal({
      occurredAt: '2019-04-08T17:38:58.041Z',
      organizationId: '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83',
      userId: 'f1900bba-e339-4dc9-87df-9dc8665adead',
      secretId: null,
      operator: 'root',
      ...{ host: null, reason: null, address: null, tokenId: null, callerRequestId: null },
      requestId: 'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
      correlationId: 'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
      causationId: 'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
      log: null,
    });
  });

  it('marks an event of an unknown type and continues, as the projector does', () => {
    const unknown = recorded({ stream: USER_STREAM, revision: 1, type: 'UserPolished', data: { a: 1 } });
    const entries = timelineOf([registered, unknown, { ...removed, revision: 2 }]);
    expect(entries.map(({ problem }) => problem)).to.deep.equal([
      null,
      `event 1 of ${USER_STREAM}: this version does not know the event type "UserPolished"`,
      null,
    ]);
    expect(entries.map(({ stored }) => stored?.revision)).to.deep.equal([0, 1, 2]);
    expect(entries[1]?.changes).to.deep.equal([]);
    expect(entries[1]?.event.data).to.equal('{"a":1}');
  });

  it('marks an event that does not belong there', () => {
    const [alone] = timelineOf([{ ...removed, revision: 0 }]);
    expect([alone?.problem, alone?.stored]).to.deep.equal(['UserRemoved does not belong here', null]);
  });

  it('shows an event whose data is no JSON, without who and when', () => {
    const [entry] = timelineOf([recorded({ data: '{', metadata: 'nonsense' })]);
    expect(entry?.problem).to.match(/its metadata is not JSON/);
    expect(Object.values(entry?.details ?? {})).to.deep.equal(Array(14).fill(null));
  });

  it('ignores details that are no text', () => {
    const [entry] = timelineOf([recorded({ ...IMPORT_REQUESTED, metadata: { user_id: { toString: 1 } } })]);
    expect(entry?.details.userId).to.equal(null);
  });

  it('changes no view if the stream has none', () => {
    const [entry] = timelineOf([
      recorded({ stream: 'operations', type: 'ViewsRepaired', data: { streams: [], reason: null } }),
    ]);
    expect([entry?.changes, entry?.stored, entry?.problem]).to.deep.equal([[], null, null]);
  });

  it('says for a single event whether this version can read it', () => {
    expect(whyUnreadable(registered)).to.equal(null);
    expect(whyUnreadable(recorded({ type: 'Unheard' }))).to.match(/does not know the event type "Unheard"/);
  });
});
