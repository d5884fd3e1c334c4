import { expect } from 'chai';
import type { NewEvent, RecordedEvent } from '../../../src/events/event-log.ts';
import { compare } from '../../../src/operations/verify/compare.ts';
import { viewNamed } from '../../../src/projections/fold.ts';
import type { Stored, Unreadable } from '../../../src/projections/queries.ts';
import { anEvent } from '../../projections/some-views.ts';
import { newEvent, USER_REGISTERED, USER_REMOVED } from '../../support/events.ts';

const ID = 'f1900bba-e339-4dc9-87df-9dc8665adead';
const STREAM = `user-${ID}`;
const AT = '2019-04-08T17:38:58.041Z';

describe('a finding in a stream', () => {
  const recorded = (...events: NewEvent[]): RecordedEvent[] =>
    events.map((event, revision) => ({ ...event, stream: STREAM, revision, position: BigInt(10 + revision) }));
  const registered = newEvent(USER_REGISTERED);
  const removed = newEvent(USER_REMOVED);
  const unreadable = newEvent({ ...USER_REGISTERED, data: {} });
  const view = (revision: number, removed_at: string | null): Stored => ({
    revision,
    view: {
      id: ID,
      organization_id: USER_REGISTERED.data.organization_id,
      role: 'member',
      registered_at: AT,
      removed_at,
    },
  });
  /** Two events, at positions 10 and 11, both before the checkpoint unless told. */
  const found = (
    stored: Stored | Unreadable | null,
    { events = recorded(registered, removed), checkpoint = 11n, quarantined = -1, mayLackRevisions = false } = {},
  ) =>
    compare({
      stream: STREAM,
      events,
      views: [{ ...viewNamed('user', ID), stored }],
      checkpoint,
      mayLackRevisions,
      quarantined: quarantined < 0 ? null : anEvent({ stream: STREAM, revision: quarantined, reason: 'so it is' }),
    }).map(({ what, compared, reason }) => [what, compared?.field, compared?.inLog, compared?.inReadModel, reason]);

  it('is missing if the view is as the log has it', () => {
    expect(found(view(1, AT))).to.deep.equal([]);
  });

  it('is not about events after the checkpoint, projected or not', () => {
    expect(found(view(0, null), { checkpoint: 10n })).to.deep.equal([]);
    expect(found(view(1, AT), { checkpoint: 10n })).to.deep.equal([]);
    expect(found(null, { checkpoint: 9n })).to.deep.equal([]);
  });

  it('is each field that differs, with both values', () => {
    const wrong = view(1, null);
    expect(found({ ...wrong, view: { ...wrong.view, role: 'operator' } as Stored['view'] })).to.deep.equal([
      ['different', 'role', '"member"', '"operator"', undefined],
      ['different', 'removed_at', `"${AT}"`, 'null', undefined],
    ]);
  });

  it('is a wrong field of a view at an older revision, too', () => {
    expect(found(view(0, AT), { checkpoint: 10n })).to.deep.equal([
      ['different', 'removed_at', 'null', `"${AT}"`, undefined],
    ]);
  });

  it('is a view that is missing, too old, ahead of its stream, or of no stream', () => {
    expect(found(null)).to.deep.equal([['missing', 'revision', '1', null, undefined]]);
    expect(found(view(0, null))).to.deep.equal([['behind', 'revision', '1', '0', undefined]]);
    expect(found(view(2, AT))).to.deep.equal([['ahead', 'revision', '1', '2', undefined]]);
    expect(found(view(0, null), { events: [] })).to.deep.equal([['extra', 'revision', null, '0', undefined]]);
  });

  it('is a view that another version wrote, and not that its events are therefore in the quarantine', () => {
    expect(found({ unreadable: 'its schema is 2' }, { quarantined: 0 })).to.deep.equal([
      ['unreadable', undefined, undefined, undefined, 'its schema is 2'],
    ]);
  });

  it('is that events are in the quarantine, and not what follows from it', () => {
    const events = recorded(registered, unreadable, removed);
    expect(found(view(0, null), { events, checkpoint: 12n, quarantined: 1 })).to.deep.equal([
      ['quarantined', undefined, undefined, undefined, 'from revision 1 on: so it is'],
    ]);
  });

  it('is not an event in the quarantine that is in the view by now', () => {
    expect(found(view(1, AT), { quarantined: 1 })).to.deep.equal([]);
  });

  it('is a wrong field of a view, although later events are in the quarantine', () => {
    const whats = found(view(0, AT), { quarantined: 1 }).map(([what]) => what);
    expect(whats).to.deep.equal(['different', 'quarantined']);
  });

  it('is every event that cannot be read, and a view that lacks the events before it', () => {
    const events = recorded(registered, unreadable, removed, unreadable);
    const findings = found(null, { events, checkpoint: 13n });
    expect(findings.map(([what]) => what)).to.deep.equal(['undecodable', 'undecodable', 'missing']);
    expect(findings[2]).to.deep.equal(['missing', 'revision', '0', null, undefined]);
  });

  it('is not an event whose type this release does not know: its revision counts as seen', () => {
    const events = recorded(registered, newEvent({ type: 'UserExploded', data: {} }), removed);
    expect(found(view(2, AT), { events, checkpoint: 12n })).to.deep.equal([]);
    expect(found(view(1, null), { events, checkpoint: 11n })).to.deep.equal([]);
    expect(found(view(0, null), { events, checkpoint: 11n }).map(([what]) => what)).to.deep.equal(['behind']);
  });

  it('is an event that does not fit', () => {
    const [first] = found(null, { events: recorded(removed) });
    expect(first?.[0]).to.equal('unfit');
    expect(first?.[4]).to.match(/^event 0: UserRemoved does not belong here/);
  });

  it('is a revision that is missing, repeated, or not the first', () => {
    const [first, second] = recorded(registered, removed) as [RecordedEvent, RecordedEvent];
    const gaps = (...events: RecordedEvent[]) => found(view(0, null), { events }).filter(([what]) => what === 'gap');
    expect(gaps(first, { ...second, revision: 2 })[0]?.[4]).to.match(/^revision 2 .* 1$/);
    expect(gaps(first, { ...second, revision: 0 })[0]?.[4]).to.match(/^revision 0 .* 1$/);
    expect(gaps(second)[0]?.[4]).to.match(/^revision 1 .* 0$/);
  });

  it('is not a revision that is missing where other applications may write, nor the view that goes beyond it', () => {
    const [first, second] = recorded(registered, removed) as [RecordedEvent, RecordedEvent];
    const events = [first, { ...second, revision: 2 }];
    const whats = (stored: Stored | null) => found(stored, { events, mayLackRevisions: true }).map(([what]) => what);
    expect(whats(view(2, AT))).to.deep.equal([]);
    expect(whats(view(2, null))).to.deep.equal(['different']);
    expect(whats(view(0, null))).to.deep.equal(['behind']);
    expect(whats(null)).to.deep.equal(['missing']);
  });

  it('is only about the events in a stream without a view', () => {
    const event = { ...(recorded(unreadable)[0] as RecordedEvent), stream: 'operations' };
    const subject = { stream: 'operations', views: [], quarantined: null, checkpoint: 99n, mayLackRevisions: false };
    expect(compare({ ...subject, events: [event] }).map(({ what }) => what)).to.deep.equal(['undecodable']);
    const known = { ...event, type: 'ViewsRepaired', data: '{"streams":[],"reason":null}' };
    expect(compare({ ...subject, events: [known] })).to.deep.equal([]);
  });
});
