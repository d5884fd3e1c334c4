import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { openEmbeddedLog } from '../../src/events/embedded/open.ts';
import type { EventLog, RecordedEvent } from '../../src/events/event-log.ts';
import { beginningOf, endOf, isIn, placeAfter } from '../../src/subscribers/place.ts';
import { newPlace } from '../events/embedded/fixture.ts';
import { newEvent, newStream } from '../events/new-event.ts';

describe('a place in the log', () => {
  const { file, remove } = newPlace();
  let log: EventLog;
  let events: RecordedEvent[];

  before(async () => {
    log = await openEmbeddedLog({ file });
  });

  after(async () => {
    await log.close();
    remove();
  });

  it('at the end of an empty log is the beginning', async () => {
    expect(await endOf(log)).to.deep.equal(beginningOf(log));
  });

  it('at the end is after the newest event, whatever its stream', async () => {
    const stream = newStream();
    for (const each of [stream, newStream(), stream]) await log.append(each, [newEvent()], 'any');
    events = await log.readAll(0n, 10);
    expect(await endOf(log)).to.deep.equal(placeAfter(log, events[2] as RecordedEvent));
  });

  it('is in the log if that has its event there', async () => {
    expect(await isIn(log, beginningOf(log))).to.equal(true);
    for (const event of events) expect(await isIn(log, placeAfter(log, event))).to.equal(true);
  });

  it('is not in it if anything of it is otherwise', async () => {
    const [event, second] = events as [RecordedEvent, RecordedEvent];
    const place = placeAfter(log, event);
    const others = {
      'another log': { ...place, log: randomUUID() },
      'the beginning of another log': beginningOf({ id: randomUUID() }),
      'another event of the stream': { ...place, event: { ...event, id: randomUUID() } },
      'another position': { ...place, position: 2n },
      'the next event’s position and id': placeAfter(log, { ...event, id: second.id, position: second.position }),
      'a revision that is another event’s': placeAfter(log, { ...event, revision: 1 }),
      'a revision that is not there yet': placeAfter(log, { ...event, revision: 7 }),
      'a stream that is not there': placeAfter(log, { ...event, stream: newStream() }),
    };
    for (const [what, other] of Object.entries(others)) expect(await isIn(log, other), what).to.equal(false);
  });
});
