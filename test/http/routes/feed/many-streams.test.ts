import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { openEmbeddedLog } from '../../../../src/events/embedded/open.ts';
import { IMPORT_REQUESTED, newEvent } from '../../../support/events.ts';
import { appendImports, EVENTS, openStream, readPage } from '../../../support/feed.ts';
import { OTHER_USER, startTestService, type TestService } from '../../../support/service.ts';
import { until } from '../../../support/until.ts';

describe('live streams of the feed', () => {
  let service: TestService;
  const open = (query = '', user?: string) =>
    openStream(`${service.url}${EVENTS}${query}`, service.authorization(user));

  beforeEach(async () => {
    service = await startTestService();
  });

  afterEach(() => service.stop());

  it('have what another process appends', async () => {
    const stream = await open();
    await until('it has begun', () => stream.heartbeats() === 1);
    // As another process does it: by another connection to the same file, which tells this one nothing.
    const other = await openEmbeddedLog({ file: join(service.dataDir, 'events.db') }).catch((error) => error as Error);
    if (other instanceof Error) throw other;
    const id = randomUUID();
    await other.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
    await other.close();
    await until('it came', () => stream.events.length === 1);
    expect(stream.events[0]?.subject).to.equal(id);
    stream.close();
  });

  it('end at once when the service stops, as do waiting requests', async () => {
    const opened = await Promise.all(Array.from({ length: 10 }, () => open()));
    const waiting = readPage(service, '', { Prefer: 'wait=30' });
    await until('all have begun', () => service.service.services.streams.open === 11);
    const began = performance.now();
    await service.service.stop(20_000);
    expect(performance.now() - began).to.be.below(5_000);
    expect((await waiting).events).to.deep.equal([]);
    await until('all are over', () => opened.every((stream) => stream.isOver()));
  });

  it('of one caller look up its rights together, and read the log once for all', async () => {
    const { log } = service.service.services;
    const opened = await Promise.all(Array.from({ length: 20 }, () => open()));
    await until('all have begun', () => opened.every((stream) => stream.heartbeats() === 1));
    const calls = { readStream: 0, readAll: 0, follow: 0 };
    const { readStream, readAll, follow } = log;
    log.readStream = (...read) => {
      calls.readStream += 1;
      return readStream.call(log, ...read);
    };
    log.readAll = (...read) => {
      calls.readAll += 1;
      return readAll.call(log, ...read);
    };
    log.follow = (...read) => {
      calls.follow += 1;
      return follow.call(log, ...read);
    };
    const began = performance.now();
    await until('some look-ups were made', () => calls.readStream >= 3);
    // A look-up counts for 400 ms.
    expect(calls.readStream).to.be.at.most(2 + (performance.now() - began) / 400);
    expect(calls).to.include({ readAll: 0, follow: 0 });
    for (const stream of opened) stream.close();
  });

  it('that are far behind delay neither a POST nor a reader that is level by more than some of their turns', async () => {
    const ids = Array.from({ length: 3_000 }, () => randomUUID());
    await appendImports(service, ids);
    const { log } = service.service.services;
    let readings = 0;
    const { readAll } = log;
    log.readAll = (...read) => {
      readings += 1;
      // As if the log were far longer: they never come to its end.
      return readAll.call(log, read[0] % 2_500n, read[1], read[2]);
    };
    const level = await open('', OTHER_USER);
    await until('it has begun', () => level.heartbeats() === 1);
    const far = await Promise.all(
      Array.from({ length: 5 }, () => open('?since=2000-01-01&type=import-api.webhook.disabled')),
    );
    await until('they read', () => readings > 5);
    const delays: number[] = [];
    for (let number = 0; number < 10; number += 1) {
      const before = readings;
      await service.post('album_id=x', {}, OTHER_USER);
      // Looked for in each turn: in the same time, a quicker machine reads more often.
      while (level.events.length === number) await nextTurn();
      delays.push(readings - before);
    }
    for (const stream of far) stream.close();
    level.close();
    delays.sort((one, other) => one - other);
    expect(delays[5]).to.be.below(60);
  });
});
