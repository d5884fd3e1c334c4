import { LRUCache } from 'lru-cache';
import { Problem } from '../problem.ts';
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
    for (const name of NAMES) {
      const rate = this.#rates[name];
      const bucket = this.#bucket(caller, name);
      if (rate === null || bucket.left >= 1) continue;
      const seconds = Math.ceil((1 - bucket.left) / rate);
      throw new Problem(
        429,
        'rate-limited',
        'Too many requests',
        `You may send ${rate} ${name} a second. Wait ${seconds} s, and send fewer.`,
        [['Retry-After', String(seconds)], ...this.headers(caller)],
      );
    }
    this.#bucket(caller, 'requests').left -= 1;
  }

  /** Counts bytes of a body that the caller has sent. */
  bytes(caller: string, count: number): void {
    this.#bucket(caller, 'bytes').left -= count;
  }

  /** `RateLimit-Policy` and `RateLimit`, for every answer. Source: draft-ietf-httpapi-ratelimit-headers-10 */
  headers(caller: string): [string, string][] {
    const told = NAMES.flatMap((name) => {
      const rate = this.#rates[name];
      return rate === null ? [] : [{ name, rate, left: Math.max(0, Math.floor(this.#bucket(caller, name).left)) }];
    });
    return [
      ['RateLimit-Policy', told.map(({ name, rate }) => `"${name}";q=${rate};w=1`).join(', ')],
      ['RateLimit', told.map(({ name, left }) => `"${name}";r=${left};t=1`).join(', ')],
    ];
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
