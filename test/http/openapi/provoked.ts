import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createHttpServer } from '../../../src/http/server.ts';
import { USER } from '../../support/service.ts';
import { type DescribedService, rawAnswer } from './described-service.ts';

/** Answers that need a service in trouble. */

/** @param requests that the caller has under way already */
export async function askWhileBusy(service: DescribedService, id: string, requests: number): Promise<Response> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { concurrency } = service.services;
  const underWay = Array.from({ length: requests }, () => concurrency.run(`user:${USER}`, () => promise));
  try {
    return await service.ask(id);
  } finally {
    resolve();
    await Promise.all(underWay);
  }
}

export function askWhileCatchingUp(service: DescribedService, id: string): Promise<Response> {
  const { follower } = service.services;
  const status = { ...follower.status(), caughtUp: false };
  return withInstead(
    follower,
    'status',
    () => status,
    () => service.ask(id),
  );
}

/** @param method of `object`, which throws `error` meanwhile */
export function askWhileFailing<T extends object>(
  service: DescribedService,
  id: string,
  object: T,
  method: keyof T,
  error: Error,
): Promise<Response> {
  return withInstead(
    object,
    method,
    () => Promise.reject(error),
    () => service.ask(id),
  );
}

/** The answer to a request that stops in mid-line. */
export async function askTooSlowly(service: DescribedService, id: string): Promise<Response> {
  const timeouts = { headersMs: 10, requestMs: 10_000, keepAliveMs: 10_000, idleMs: 10_000, checkEveryMs: 10 };
  const server = createHttpServer(() => {}, timeouts).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await rawAnswer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, `${service.lineOf(id)} `);
  } finally {
    server.close();
  }
}

async function withInstead<T extends object>(
  object: T,
  method: keyof T,
  instead: () => unknown,
  ask: () => Promise<Response>,
): Promise<Response> {
  const own = Object.getOwnPropertyDescriptor(object, method);
  Object.defineProperty(object, method, { value: instead, configurable: true });
  try {
    return await ask();
  } finally {
    if (own === undefined) Reflect.deleteProperty(object, method);
    else Object.defineProperty(object, method, own);
  }
}
