import { expect } from 'chai';
import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import { until } from '../../support/until.ts';
import { type Appender, allOf, eventsIn, newPlace, startAppender } from './fixture.ts';

describe('an embedded log that processes share', () => {
  let place: ReturnType<typeof newPlace>;
  let appenders: Appender[];

  beforeEach(() => {
    place = newPlace();
    appenders = [];
  });

  afterEach(async () => {
    for (const { process, ended } of appenders) {
      process.kill('SIGKILL');
      await ended;
    }
    place.remove();
  });

  function start(options: Parameters<typeof startAppender>[1]): Appender {
    const appender = startAppender(place.file, options);
    appenders.push(appender);
    return appender;
  }

  it('is made once by processes that make it at the same time', async () => {
    const started = Array.from({ length: 4 }, () => start({ count: 25 }));
    await Promise.all(started.map(({ ended }) => ended));
    expect(new Set(started.map(({ logId }) => logId)).size).to.equal(1);
    expect(await eventsIn(place.file)).to.have.length(100);
  });

  it('takes appends of all processes at the same time, each once and without gaps', async () => {
    const started = [start({ count: 400, inFlight: 16 }), start({ count: 400, inFlight: 1 })];
    await Promise.all(started.map(({ ended }) => ended));
    expect(started.flatMap(({ failures }) => failures)).to.deep.equal([]);
    const ids = (await eventsIn(place.file)).map(({ id }) => id);
    expect(ids.toSorted()).to.deep.equal(started.flatMap((appender) => appender.acknowledged).toSorted());
  });

  it('has every acknowledged event, and no gap, after its process was killed in the middle of appending', async () => {
    const acknowledged: string[] = [];
    for (const inFlight of [1, 16, 64]) {
      const appender = start({ inFlight });
      await until('it appends', () => appender.acknowledged.length > 100);
      appender.process.kill('SIGKILL');
      await appender.ended;
      acknowledged.push(...appender.acknowledged);
    }
    const ids = new Set((await eventsIn(place.file)).map(({ id }) => id));
    expect(acknowledged.filter((id) => !ids.has(id))).to.deep.equal([]);
  });

  it('is read and appended to by this process while another one is killed', async () => {
    const log = await openEmbeddedLog({ file: place.file });
    try {
      const appender = start({ inFlight: 16 });
      await until('it appends', () => appender.acknowledged.length > 100);
      appender.process.kill('SIGKILL');
      await appender.ended;
      const head = await log.head();
      expect(Number(head)).to.be.at.least(appender.acknowledged.length);
      expect(await allOf(log)).to.have.length(Number(head));
    } finally {
      await log.close();
    }
  });
});
