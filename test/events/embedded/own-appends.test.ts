import { expect } from 'chai';
import { OwnAppends } from '../../../src/events/embedded/own-appends.ts';
import type { NewEvent, RecordedEvent } from '../../../src/events/event-log.ts';

const event = (id: string, data = '{}'): NewEvent => ({ id, type: 'T', data, metadata: '{}' });
const idsOf = (events: readonly RecordedEvent[]) => events.map(({ id }) => id);

describe("this process's own appends to an embedded log", () => {
  it('are given after a position, each with its place', () => {
    const appends = new OwnAppends();
    expect(appends.newest).to.equal(null);
    appends.add('s', [event('a'), event('b')], [4, 11, true]);
    expect(appends.newest).to.equal(11n);
    appends.add('t', [event('c')], [0, 12, true]);
    expect(appends.after(9n, 500)).to.deep.equal([
      { ...event('a'), stream: 's', revision: 3, position: 10n },
      { ...event('b'), stream: 's', revision: 4, position: 11n },
      { ...event('c'), stream: 't', revision: 0, position: 12n },
    ]);
    expect(idsOf(appends.after(10n, 1))).to.deep.equal(['b']);
    expect(appends.after(12n, 500)).to.deep.equal([]);
  });

  it('are not given if the event after the position is not among them', () => {
    const appends = new OwnAppends();
    expect(appends.after(0n, 500)).to.deep.equal([]);
    appends.add('s', [event('a')], [0, 10, true]);
    expect(appends.after(8n, 500)).to.deep.equal([]);
    appends.add('s', [event('b')], [2, 12, true]);
    expect(appends.after(9n, 500), 'position 11 is of another process').to.deep.equal([]);
    expect(idsOf(appends.after(11n, 500))).to.deep.equal(['b']);
  });

  it('do not include an append that was in the log already: there it may have other data', () => {
    const appends = new OwnAppends();
    appends.add('s', [event('a', '{"try":2}')], [0, 10, false]);
    expect(appends.after(9n, 500)).to.deep.equal([]);
  });

  it('are forgotten, the oldest first, beyond some number and some length', () => {
    const appends = new OwnAppends();
    for (let position = 1; position <= 5_000; position += 1) appends.add('s', [event('e')], [position, position, true]);
    expect(appends.after(0n, 9_999)).to.deep.equal([]);
    expect(appends.after(4_900n, 9_999)).to.have.lengthOf(100);
    const kept = Array.from({ length: 5_000 }, (_, position) => appends.after(BigInt(position), 9_999).length);
    expect(Math.max(...kept)).to.be.at.most(512);

    const long = event('long', 'x'.repeat(600_000));
    for (let position = 5_001; position <= 5_010; position += 1) appends.add('s', [long], [position, position, true]);
    expect(appends.after(5_005n, 9_999).length).to.be.at.most(3);
  });
});
