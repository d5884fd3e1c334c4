import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { operationsDecider, type RecordOperation } from '../../../src/commands/operations.ts';
import { StreamDeleted } from '../../../src/events/errors.ts';
import { OPERATIONS_STREAM } from '../../../src/events/streams.ts';
import { MemoryBudget } from '../../../src/http/limits/memory-budget.ts';
import { RateLimit } from '../../../src/http/limits/rate-limit.ts';
import { Turns } from '../../../src/http/limits/turns.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { SealedUnavailable } from '../../../src/importer/sealed/sealed-store.ts';
import type { FollowerStatus } from '../../../src/projections/follower.ts';
import { converse, rawResponse, responseIn } from '../../support/raw-http.ts';
import { FORM } from '../../support/service.ts';
import { whileInstead } from '../../support/while-instead.ts';
import type { DescribedService } from './described-service.ts';

/** Answers that need a service in trouble. */

/** @param requests that the caller has under way already */
export async function askWhileBusy(service: DescribedService, id: string, requests: number): Promise<Response> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { concurrency } = service.services.limits;
  const underWay = Array.from({ length: requests }, () =>
    concurrency.run(`user:${service.callerOf(id)}`, () => promise),
  );
  try {
    return await service.ask(id);
  } finally {
    resolve();
    await Promise.all(underWay);
  }
}

/** @param how the follower is meanwhile */
export function askWhileFollower(
  service: DescribedService,
  id: string,
  how: Partial<FollowerStatus>,
  ask = () => service.ask(id),
): Promise<Response> {
  const { follower } = service.services;
  const status = { ...follower.status(), ...how };
  return whileInstead(follower, { status: () => status }, ask);
}

/** The answer after a replay, while the next version is filled. */
export async function askWhileReplaying(service: DescribedService): Promise<Response> {
  const { execute, log, versions } = service.services;
  const record = (command: RecordOperation) =>
    execute(operationsDecider, OPERATIONS_STREAM, command, { operator: 'root', request_id: 'test' });
  const earlier = { replay_id: '5e0c1a52-1d0b-4f0e-8a39-3f1f5f0c2b7d', reason: 'a test' };
  await record({ type: 'StartReplay', ...earlier });
  await record({ type: 'CompleteReplay', ...earlier, events: 3, changed: 1, added: 0, removed: 0 });
  const generation = '0b0c1a52-1d0b-4f0e-8a39-3f1f5f0c2b7d';
  await record({ type: 'StartReplay', replay_id: generation, reason: null, generation });
  const checkpoint = { log: log.id, position: 0n, generation, isFilled: false };
  const list = async () => [{ name: '8', bytes: 4_096, checkpoint, usedAt: null }];
  return whileInstead(versions, { list }, () => service.ask('showReplay'));
}

/** @param method of `object`, which throws `error` meanwhile */
export function askWhileFailing<T extends object>(
  service: DescribedService,
  id: string,
  object: T,
  method: keyof T,
  error: Error,
): Promise<Response> {
  return whileInstead(object, { [method]: () => Promise.reject(error) } as Partial<T>, () => service.ask(id));
}

/** The answer about an import whose stream was deleted for good, as only EventStoreDB can do it. */
export function askAboutDeleted(service: DescribedService, id: string, init?: RequestInit): Promise<Response> {
  const refuse = () => Promise.reject(new StreamDeleted('import-1'));
  return whileInstead(service.services.log, { append: refuse, readStream: refuse }, () => service.ask(id, init));
}

/** The answer to a POST with credentials, which cannot be kept. */
export function askWithoutSealedStore(service: DescribedService): Promise<Response> {
  const keep = () => Promise.reject(new SealedUnavailable('test'));
  return whileInstead(service.services.sealed, { keep }, () =>
    service.create(FORM, 'url=https://me:secret@example.com/1.jpg'),
  );
}

/** The answer to a POST that ends in mid-body. */
export async function askAndBreakOff(service: DescribedService): Promise<Response> {
  const head = `POST /api/v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Token ${service.token()}\r\n`;
  return responseIn(await converse(service.url, [`${head}Content-Length: 9\r\n\r\na=1`], { ending: 'half-close' }));
}

/** The last answer to a piece with so many requests that too many of them wait. */
export async function askInOnePiece(service: DescribedService, id: string): Promise<Response> {
  const received = await converse(service.url, [`${service.requestLine(id)} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(66)]);
  return responseIn(received.slice(received.lastIndexOf('HTTP/1.1')));
}

export function askOverRate(service: DescribedService, id: string): Promise<Response> {
  const rates = new RateLimit({ requests: 50, bytes: null }, () => 0);
  for (let sent = 0; sent < 50; sent += 1) rates.request(`user:${service.callerOf(id)}`);
  return whileInstead(service.services.limits, { rates }, () => service.ask(id));
}

/** The answer while there is no memory for it. */
export function askWithoutMemory(service: DescribedService, id: string): Promise<Response> {
  return whileInstead(service.services.limits, { memory: new MemoryBudget(0) }, () => service.ask(id));
}

/** The answer to a POST that waits too long because others have every place. */
export async function askOutOfTurn(service: DescribedService): Promise<Response> {
  const narrow = new Turns(1, 1);
  const leave = await narrow.enter('somebody else');
  try {
    return await whileInstead(service.services.limits, { writes: narrow }, () => service.ask('createImport'));
  } finally {
    leave();
  }
}

/** The answer to a request that stops in mid-line. */
export async function askTooSlowly(service: DescribedService, id: string): Promise<Response> {
  const timeouts = {
    headersMs: 10,
    requestMs: 10_000,
    keepAliveMs: 10_000,
    idleMs: 10_000,
    lingerMs: 10_000,
    checkEveryMs: 10,
  };
  const server = createHttpServer(() => {}, timeouts).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await rawResponse(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      `${service.requestLine(id)} `,
    );
  } finally {
    server.close();
  }
}
