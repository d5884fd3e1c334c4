import { randomUUID } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { decode } from '../../../src/events/decode.ts';
import type { DomainEvent } from '../../../src/events/event-types.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { startStandIn } from '../../support/eventstore/stand-in.ts';
import {
  asked,
  outcomeOf,
  type PerformingServices,
  standingOf,
  startPerforming,
} from '../../support/performing-service.ts';
import { kill, listening, startProcess } from '../../support/process.ts';
import { FORM, IMPORTS, JWT_SECRET, type TestService } from '../../support/service.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';

async function story(service: TestService, id: string): Promise<DomainEvent[]> {
  return (await service.service.services.log.readStream(`import-${id}`)).map(decode);
}

describe('imports on several nodes', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let performing: PerformingServices;
  let stopLog = async () => {};

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  afterEach(async () => {
    await performing.stop();
    await stopLog();
    stopLog = async () => {};
    directory.remove();
  });

  it('with credentials are performed where these are, if nodes share none', async () => {
    const eventStore = await startStandIn();
    stopLog = eventStore.stop;
    performing = await startPerforming({ EVENTSTORE_URL: eventStore.url });
    const nodes = [await performing.start(), await performing.start()] as const;
    const workers = await Promise.all(
      nodes.map(async (node, index) => {
        const found = new Set<string>();
        for (let number = 0; number < 5; number += 1) {
          const url = performing.images.url(`${index} ${number}`);
          const id = await asked(node, { url, 'headers[Authorization]': 'Bearer x' });
          expect(await outcomeOf(node, id)).to.include({ status: 'succeeded', attempts: 1 });
          const [, started] = await story(node, id);
          if (started?.type === 'ImportStarted') found.add(started.data.worker);
          await until('they are forgotten', async () => !(await node.service.services.sealed.areThere(id)));
        }
        return [...found];
      }),
    );
    // Each node has performed its own.
    expect(workers.map(({ length }) => length)).to.deep.equal([1, 1]);
    expect(workers[0]).not.to.deep.equal(workers[1]);
  });

  it('of one data folder are performed once each', async () => {
    performing = await startPerforming({});
    const env = { ...performing.env, NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path, PORT: '0' };
    const first = await performing.start({ DATA_DIR: directory.path, IMPORTER: 'off' });
    const nodes = [startProcess(env), startProcess(env)];
    try {
      const urls = await Promise.all(nodes.map(listening));
      const ids = await Promise.all(
        Array.from({ length: 40 }, async (_, number) => {
          const headers = { Authorization: first.authorization(), 'Content-Type': FORM };
          const body = `url=${encodeURIComponent(performing.images.url(String(number)))}`;
          const answer = await fetch(urls[number % 2] + IMPORTS, { method: 'POST', body, headers });
          return ((await answer.json()) as { id: string }).id;
        }),
      );
      for (const id of ids) {
        await until('it succeeds', async () => (await standingOf(first, id)).status === 'succeeded', 20_000);
        const types = (await story(first, id)).map(({ type }) => type);
        expect(types).to.deep.equal(['ImportRequested', 'ImportStarted', 'ImportSucceeded']);
      }
      expect([...performing.images.asked.values()]).to.deep.equal(ids.map(() => 1));
    } finally {
      await Promise.all(nodes.map((node) => kill(node, 'SIGTERM')));
    }
  }).timeout(60_000);

  it('are not performed in a copy of their folder, nor if they were loaded, or are of an earlier release', async () => {
    performing = await startPerforming({});
    const [folder, copy] = [join(directory.path, 'folder'), join(directory.path, 'copy')];
    const before = await performing.start({ DATA_DIR: folder, IMPORTER: 'off' });
    const url = performing.images.url('old');
    const waiting = await asked(before, { url });
    const { log } = before.service.services;
    const data = { ...IMPORT_REQUESTED.data, params: { url } };
    const [loaded, earlier] = [randomUUID(), randomUUID()];
    const requested = { ...IMPORT_REQUESTED, data };
    await log.append(`import-${loaded}`, [newEvent(requested, { log: randomUUID() })], 'no_stream');
    await log.append(`import-${earlier}`, [newEvent(requested)], 'no_stream');
    await before.service.stop(1_000);
    cpSync(folder, copy, { recursive: true });

    for (const place of [folder, copy]) {
      const service = await performing.start({ DATA_DIR: place });
      const next = await asked(service, { url: performing.images.url(place) });
      expect(await outcomeOf(service, next)).to.include({ status: 'succeeded' });
      for (const id of [waiting, loaded, earlier]) {
        expect(await standingOf(service, id)).to.include({ status: 'waiting', attempts: 0 });
        expect(await story(service, id)).to.have.length(1);
      }
      // A second start performs them neither.
      await service.service.stop(1_000);
      const again = await performing.start({ DATA_DIR: place });
      expect(await outcomeOf(again, await asked(again, { url: performing.images.url(`${place} again`) }))).to.include({
        status: 'succeeded',
      });
      for (const id of [waiting, loaded, earlier]) expect(await story(again, id)).to.have.length(1);
      await again.service.stop(1_000);
    }
    expect(performing.images.asked.get('old')).to.equal(undefined);
  });
});
