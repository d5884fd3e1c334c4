import { LRUCache } from 'lru-cache';
import { Problem } from '../out/problem.ts';
import type { Rates } from './rates.ts';

const NAMES = ['requests', 'bytes'] as const;
type Name = (typeof NAMES)[number];

/** How many callers are remembered. A forgotten one begins anew. */
const REMEMBERED = 10_000;

/** What is left of a rate, and when it was last refilled. */
interface Bucket {
  left: number;
  atMs: number;
}

/**
 * Limits each caller to rates. Unused amounts are saved for one second. A body that is larger than what is left is still accepted; the
 * next request must wait until it is paid for.
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
   * @throws {Problem} 429 if the caller is over a rate; it says when to try again
   */
  request(caller: string): void {
    const over = this.#leftOf(caller).filter(({ left }) => left < 1);
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

  /** Counts bytes that the caller has sent as a body. */
  bytes(caller: string, count: number): void {
    this.#bucket(caller, 'bytes').left -= count;
  }

  /**
   * `RateLimit-Policy` and `RateLimit`, as of now. `t` is the time until more may be sent, so it agrees with `Retry-After`.
   * Source: draft-ietf-httpapi-ratelimit-headers-10
   */
  headers(caller: string): [string, string][] {
    const rates = this.#leftOf(caller);
    const left = rates.map((one) => `"${one.name}";r=${Math.max(0, Math.floor(one.left))};t=${one.waitSeconds}`);
    return [
      ['RateLimit-Policy', rates.map(({ name, rate }) => `"${name}";q=${rate};w=1`).join(', ')],
      ['RateLimit', left.join(', ')],
    ];
  }

  /** For each rate that is set: what is left now (below zero while a body is not paid for), and when there will be more. */
  #leftOf(caller: string): { name: Name; rate: number; left: number; waitSeconds: number }[] {
    return NAMES.flatMap((name) => {
      const rate = this.#rates[name];
      if (rate === null) return [];
      const { left } = this.#bucket(caller, name);
      return [{ name, rate, left, waitSeconds: Math.max(1, Math.ceil((1 - left) / rate)) }];
    });
  }

  /** The caller's bucket, refilled up to now. */
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
