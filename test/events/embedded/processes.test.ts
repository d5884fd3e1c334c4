import { expect } from 'chai';
import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import { until } from '../../support/until.ts';
import { type Appender, allOf, newPlace, startAppender } from './fixture.ts';

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
    const log = await openEmbeddedLog({ file: place.file });
    try {
      expect(log.id).to.equal(started[0]?.logId);
      expect(await allOf(log)).to.have.length(100);
    } finally {
      await log.close();
    }
  });

  it('takes appends of all processes at the same time, each once and without gaps', async () => {
    const started = [start({ count: 400, inFlight: 16 }), start({ count: 400, inFlight: 1 })];
    await Promise.all(started.map(({ ended }) => ended));
    expect(started.flatMap(({ failures }) => failures)).to.deep.equal([]);
    const log = await openEmbeddedLog({ file: place.file });
    try {
      const ids = (await allOf(log)).map(({ id }) => id);
      const acknowledged = started.flatMap((appender) => appender.acknowledged);
      expect(ids.toSorted()).to.deep.equal(acknowledged.toSorted());
    } finally {
      await log.close();
    }
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
    const log = await openEmbeddedLog({ file: place.file });
    try {
      const ids = new Set((await allOf(log)).map(({ id }) => id));
      expect(acknowledged.filter((id) => !ids.has(id))).to.deep.equal([]);
    } finally {
      await log.close();
    }
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
