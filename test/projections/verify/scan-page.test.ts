import { expect } from 'chai';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { positionsIn } from '../../../src/projections/verify/scan-page.ts';
import { newEvent, USER_REMOVED } from '../../support/events.ts';

describe('the positions of a page', () => {
  const page = (...positions: bigint[]): RecordedEvent[] =>
    positions.map((position, revision) => ({ ...newEvent(USER_REMOVED), stream: 'user-1', revision, position }));
  const reasons = (positions: bigint[], before: bigint, areDense: boolean) =>
    positionsIn(page(...positions), before, areDense).map(({ reason }) => reason);

  it('go on from the page before, one by one where the log has them so', () => {
    expect(reasons([5n, 6n], 4n, true)).to.deep.equal([]);
    expect(reasons([5n, 7n], 4n, true)).to.deep.equal(['position 7 (revision 1 of user-1) comes after position 5']);
    expect(reasons([6n], 4n, true)).to.have.length(1);
  });

  it('grow, where the log does not have them one by one', () => {
    expect(reasons([5n, 70n], 4n, false)).to.deep.equal([]);
    expect(reasons([5n, 5n], 4n, false)).to.have.length(1);
    expect(reasons([3n, 5n], 4n, false)).to.have.length(1);
  });
});
