import { LRUCache } from 'lru-cache';
import { Problem } from '../out/problem.ts';
import type { Rates } from './rates.ts';

const NAMES = ['requests', 'bytes'] as const;
type Name = (typeof NAMES)[number];

/** Callers whose rates are remembered at most; one that is forgotten begins anew. */
const REMEMBERED = 10_000;

/** What is left of a rate, and since when it has been filled up again. */
interface Bucket {
  left: number;
  atMs: number;
}

/**
 * Holds each caller to rates. What is not used gathers for a second; a body that is larger than what is left is taken all the same, and
 * the next request waits until it is paid for.
 */
export class RateLimit {
  readonly #rates: Rates;
  readonly #nowMs: () => number;
  readonly #buckets = new LRUCache<string, Bucket>({ max: REMEMBERED * NAMES.length });

  /** @param nowMs a clock that never goes back */
  constructor(rates: Rates, nowMs: () => number = () => performance.now()) {
    this.#rates = rates;
    this.#nowMs = nowMs;
  }

  /**
   * Counts a request of the caller.
   * @throws {Problem} 429 where the caller is over a rate, with when to come again
   */
  request(caller: string): void {
    const over = this.#told(caller).filter(({ left }) => left < 1);
    const [longest] = over.sort((one, other) => other.waitSeconds - one.waitSeconds);
    if (longest !== undefined) {
      const { name, rate, waitSeconds } = longest;
      throw new Problem(
        'rate-limited',
        `You may send ${rate} ${name} a second. Wait ${waitSeconds} s, and send fewer.`,
        [['Retry-After', String(waitSeconds)], ...this.headers(caller)],
      );
    }
    this.#bucket(caller, 'requests').left -= 1;
  }

  /** Counts bytes of a body that the caller has sent. */
  bytes(caller: string, count: number): void {
    this.#bucket(caller, 'bytes').left -= count;
  }

  /**
   * `RateLimit-Policy` and `RateLimit`, as of now. `t` is the time after which more may be sent, so that it agrees with `Retry-After`.
   * Source: draft-ietf-httpapi-ratelimit-headers-10
   */
  headers(caller: string): [string, string][] {
    const told = this.#told(caller);
    const left = told.map((one) => `"${one.name}";r=${Math.max(0, Math.floor(one.left))};t=${one.waitSeconds}`);
    return [
      ['RateLimit-Policy', told.map(({ name, rate }) => `"${name}";q=${rate};w=1`).join(', ')],
      ['RateLimit', left.join(', ')],
    ];
  }

  /** Of each rate that is set: what is left of it now, below zero while a body is paid for, and when there will be more. */
  #told(caller: string): { name: Name; rate: number; left: number; waitSeconds: number }[] {
    return NAMES.flatMap((name) => {
      const rate = this.#rates[name];
      if (rate === null) return [];
      const { left } = this.#bucket(caller, name);
      return [{ name, rate, left, waitSeconds: Math.max(1, Math.ceil((1 - left) / rate)) }];
    });
  }

  /** The caller's bucket, filled up to now. */
  #bucket(caller: string, name: Name): Bucket {
    const rate = this.#rates[name] ?? Number.POSITIVE_INFINITY;
    const key = `${name} ${caller}`;
    const nowMs = this.#nowMs();
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = { left: rate, atMs: nowMs };
      this.#buckets.set(key, bucket);
    }
    bucket.left = Math.min(rate, bucket.left + (rate * (nowMs - bucket.atMs)) / 1000);
    bucket.atMs = nowMs;
    return bucket;
  }
}
