import { expect } from 'chai';
import { pauseLength } from '../../src/importer/pause-length.ts';
import type { ConnectionView } from '../../src/projections/views.ts';

const MINUTE_MS = 60_000;
const AT = Date.parse('2026-11-24T10:00:00.000Z');

/** How long the next pause is, in minutes, after one of so many minutes. */
function nextAfter(
  minutes: number | null,
  first: number,
  paused_reason: ConnectionView['paused_reason'] = 'connection_refused',
  reason: 'connection_refused' | 'source_unavailable' = 'connection_refused',
) {
  const view = {
    ...{ paused_reason: minutes === null ? null : paused_reason, paused_at: new Date(AT).toISOString() },
    paused_until: new Date(AT + (minutes ?? 0) * MINUTE_MS).toISOString(),
  };
  return pauseLength(reason, first * MINUTE_MS, view as ConnectionView) / MINUTE_MS;
}

describe('the length of a pause', () => {
  it('is what the trouble says, if the connection has worked since the last one', () => {
    expect(nextAfter(null, 5)).to.equal(5);
  });

  it('is twice the last one if it has not, up to an hour', () => {
    expect([nextAfter(1, 1), nextAfter(2, 1), nextAfter(20, 1), nextAfter(40, 1), nextAfter(60, 1)]).to.deep.equal([
      2, 4, 40, 60, 60,
    ]);
  });

  it('grows up to ten minutes only while servers are down', () => {
    expect(nextAfter(4, 1, 'source_unavailable', 'source_unavailable')).to.equal(8);
    expect(nextAfter(8, 1, 'source_unavailable', 'source_unavailable')).to.equal(10);
  });

  it('is never shorter than what the trouble says', () => {
    expect(nextAfter(1, 120)).to.equal(120);
    expect(nextAfter(120, 120)).to.equal(120);
    expect(nextAfter(120, 1)).to.equal(60);
  });

  it("does not follow from an operator's pause", () => {
    expect(nextAfter(40, 1, 'asked')).to.equal(1);
  });
});
