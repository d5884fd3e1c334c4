import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutboundError } from '../../outbound/outbound-error.ts';
import { textOf } from '../../outbound/text-of.ts';
import { BackupInUse, type PlaceLock } from './backup-place.ts';
import type { Objects } from './objects.ts';

/**
 * A lock that is an object of S3. Whoever has it writes it anew now and then. One that does not change for a while is of a process that has
 * died, and is taken over. No clock is compared with another one.
 */

const LOCK = 'lock.json';

/** It has some hundred. */
const MOST_BYTES = 65_536;

const RENEW_EVERY_MS = 5_000;

/** Longer than a renewal takes with its retries. */
const DEAD_AFTER_MS = 30_000;

const LOOK_EVERY_MS = 1_000;

interface Times {
  readonly renewEveryMs: number;
  readonly deadAfterMs: number;
  readonly lookEveryMs: number;
}

const TIMES: Times = { renewEveryMs: RENEW_EVERY_MS, deadAfterMs: DEAD_AFTER_MS, lookEveryMs: LOOK_EVERY_MS };

/** @throws {BackupInUse} somebody has it, and is alive */
export async function lockObjects(
  objects: Objects,
  onWait: (message: string) => void,
  times: Times = TIMES,
): Promise<PlaceLock> {
  const run = randomUUID();
  for (let isFirst = true; !(await objects.putNew(LOCK, lockText(run))); isFirst = false) {
    const there = await lockIn(objects);
    if (there === null) continue;
    if (isFirst) {
      onWait(
        `${objects.address}/${LOCK} is of ${whoIn(there)}: looking for up to ${times.deadAfterMs / 1_000} s whether it is alive.`,
      );
    }
    await assertDead(objects, there, times);
    if ((await lockIn(objects)) === there) await objects.remove(LOCK, undefined);
  }
  return new ObjectsLock(objects, run, times);
}

async function assertDead(objects: Objects, there: string, { deadAfterMs, lookEveryMs }: Times): Promise<void> {
  const untilMs = performance.now() + deadAfterMs;
  while (performance.now() < untilMs) {
    await sleep(lookEveryMs);
    const now = await lockIn(objects);
    if (now === null) return;
    if (now !== there) throw inUse(objects, now);
  }
}

class ObjectsLock implements PlaceLock {
  readonly #objects: Objects;
  readonly #run: string;
  readonly #times: Times;
  #renewedAtMs = performance.now();
  #lost: Error | null = null;
  #renewing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(objects: Objects, run: string, times: Times) {
    this.#objects = objects;
    this.#run = run;
    this.#times = times;
    this.#timer = setInterval(() => {
      this.#renewing = this.#renew().catch(() => {});
    }, times.renewEveryMs);
    this.#timer.unref();
  }

  /** After a pause in which others may have taken it for dead, it looks first. */
  async assertHeld(): Promise<void> {
    if (performance.now() - this.#renewedAtMs > this.#times.deadAfterMs / 2) await this.#renew();
    if (this.#lost !== null) throw this.#lost;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    if (this.#lost !== null || !(await this.#isOurs())) return;
    await this.#objects.remove(LOCK, undefined);
  }

  async #renew(): Promise<void> {
    const atMs = performance.now();
    if (this.#lost !== null || !(await this.#isOurs())) return;
    await this.#objects.putBytes(LOCK, Buffer.from(lockText(this.#run)));
    this.#renewedAtMs = atMs;
  }

  async #isOurs(): Promise<boolean> {
    const there = await lockIn(this.#objects);
    if (there !== null && parsed(there)?.run === this.#run) return true;
    this.#lost = inUse(this.#objects, there);
    return false;
  }
}

function lockText(run: string): string {
  return `${JSON.stringify({ run, host: hostname(), process: process.pid, at: new Date().toISOString() })}\n`;
}

/** Null: there is none. @throws what is there is too long for a lock */
async function lockIn(objects: Objects): Promise<string | null> {
  const found = await objects.get(LOCK);
  if (found === null) return null;
  return textOf(found.body, MOST_BYTES).catch((error) => {
    if (!(error instanceof OutboundError)) throw error;
    const what = `${objects.address}/${LOCK} has more than ${MOST_BYTES} bytes: it is no lock of a backup`;
    throw new Error(`${what}. Remove it, unless something else needs it.`, { cause: error });
  });
}

function parsed(lock: string): { readonly run?: unknown; readonly host?: unknown; readonly process?: unknown } | null {
  try {
    return JSON.parse(lock);
  } catch {
    return null;
  }
}

function whoIn(lock: string | null): string {
  const found = lock === null ? null : parsed(lock);
  return found === null ? 'another process' : `process ${found.process} on ${found.host}`;
}

function inUse(objects: Objects, lock: string | null): BackupInUse {
  return new BackupInUse(`${whoIn(lock)} backs up to ${objects.address} just now: one at a time does.`);
}
