import { expect } from 'chai';
import type { Fact } from '../../../src/events/event-types.ts';
import { fold } from '../../../src/projections/fold-stream.ts';
import { CONNECTION_ADDED, domainEvent, METADATA } from '../../support/events.ts';

const ID = METADATA.organization_id;
const UNTIL = '2026-11-24T10:05:00.000Z';
const NO_PAUSE = { paused_reason: null, paused_detail: null, paused_at: null, paused_until: null };

const paused = (reason: 'asked' | 'limit_exceeded'): Fact => ({
  type: 'ConnectionPaused',
  data: { reason, detail: 'why', until: UNTIL },
});

function viewAfter(...facts: Fact[]) {
  const events = facts.map((fact, revision) =>
    domainEvent(`connection-${ID}`, revision, fact, `2026-11-24T10:00:0${revision}.000Z`),
  );
  return { view: fold('connection', ID, events)?.view, events };
}

describe('the view of a connection', () => {
  it('has its settings, and which event gave them', () => {
    const { view, events } = viewAfter(CONNECTION_ADDED, CONNECTION_ADDED);
    expect(view).to.deep.equal({
      ...{ id: ID, ...CONNECTION_ADDED.data, settings_event: events[1]?.id, status: 'connected', ...NO_PAUSE },
      ...{ added_at: '2026-11-24T10:00:00.000Z', updated_at: '2026-11-24T10:00:01.000Z' },
    });
  });

  it('has the pause, until it is resumed or removed', () => {
    const pause = {
      ...{ paused_reason: 'limit_exceeded', paused_detail: 'why' },
      ...{ paused_at: '2026-11-24T10:00:01.000Z', paused_until: UNTIL },
    };
    expect(viewAfter(CONNECTION_ADDED, paused('limit_exceeded')).view).to.include({ ...pause, status: 'connected' });
    for (const [fact, status] of [
      [{ type: 'ConnectionResumed', data: { reason: null } }, 'connected'],
      [{ type: 'ConnectionRemoved', data: {} }, 'removed'],
      [CONNECTION_ADDED, 'connected'],
    ] as const) {
      const { view } = viewAfter(CONNECTION_ADDED, paused('limit_exceeded'), fact);
      expect(view, fact.type).to.include({ ...NO_PAUSE, status });
    }
  });

  it("keeps an operator's pause when it gets other settings", () => {
    const { view } = viewAfter(CONNECTION_ADDED, paused('asked'), CONNECTION_ADDED);
    expect(view).to.include({ paused_reason: 'asked', paused_at: '2026-11-24T10:00:01.000Z' });
  });
});
