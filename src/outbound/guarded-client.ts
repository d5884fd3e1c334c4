import { beginningOf } from './beginning-of.ts';
import type { Destinations } from './destinations.ts';
import { failureOf } from './failure.ts';
import { type Keeping, Origins } from './origins.ts';
import { OutboundError } from './outbound-error.ts';

/** What is sent, and how long the answer may take and be. */
export interface OutboundPost {
  /** For whom it is sent. Each party has connections of its own: one whose receiver hangs does not delay another with the same receiver. */
  readonly party: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array;
  /** For everything, from the look-up of the name to the last byte of the answer. */
  readonly timeoutMs: number;
  /** How much of the answer's body is read. */
  readonly answerBytes: number;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

export interface OutboundAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  /** Its first bytes as text. */
  readonly body: string;
  /** How long the request took, in milliseconds. */
  readonly ms: number;
}

const KEEPING: Keeping = { connections: 32, idleMs: 4_000, reuseMs: 10_000 };
/** Answers such as `103 Early Hints` that may come before the real one. */
const MOST_INTERIM_ANSWERS = 8;

/** Sends requests to URLs that callers give, and only to where these may lead. Source: decision 0038. */
export class GuardedClient {
  readonly #destinations: Destinations;
  readonly #origins: Origins;
  #isClosed = false;

  /** @param keeping what differs from 32 connections of a party to an origin, 4 s of idling, and 10 s of use for new requests */
  constructor(destinations: Destinations, keeping: Partial<Keeping> = {}) {
    this.#destinations = destinations;
    this.#origins = new Origins(destinations, { ...KEEPING, ...keeping });
  }

  /**
   * Sends a POST. A redirect is an answer like others: nobody follows it. As soon as the headers have come it is an answer, whatever
   * becomes of its body: what was acknowledged is acknowledged.
   * @throws {OutboundError} nothing was sent, or no answer came
   */
  async post(
    url: string,
    { party, headers, body, timeoutMs, answerBytes, signal }: OutboundPost,
  ): Promise<OutboundAnswer> {
    const { origin, pathname, search } = this.#destinations.parse(url);
    if (this.#isClosed || signal?.aborted) throw aborted();
    const beganAtMs = performance.now();
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(timedOut(timeoutMs)), timeoutMs);
    const abort = () => end.abort(aborted());
    signal?.addEventListener('abort', abort);
    let interimAnswers = 0;
    const held = this.#origins.take(party, origin);
    try {
      const answer = await held.dispatcher.request({
        origin,
        path: pathname + search,
        method: 'POST',
        // A compressed answer would have to be unpacked to be shown, and a kilobyte may unpack to a gigabyte.
        headers: { ...headers, 'accept-encoding': 'identity' },
        body,
        signal: end.signal,
        onInfo: () => {
          interimAnswers += 1;
          if (interimAnswers > MOST_INTERIM_ANSWERS)
            end.abort(new OutboundError('bad_answer', 'no answer followed the interim ones'));
        },
      });
      const text = await beginningOf(answer.body, answerBytes);
      return { status: answer.statusCode, headers: answer.headers, body: text, ms: performance.now() - beganAtMs };
    } catch (error) {
      throw failureOf(error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      held.release();
    }
  }

  /** Ends the requests that are under way, and closes all connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#origins.close(aborted());
  }
}

function timedOut(timeoutMs: number): OutboundError {
  return new OutboundError('timeout', `no answer came within ${timeoutMs / 1_000} s`);
}

function aborted(): OutboundError {
  return new OutboundError('aborted', 'this service ended the request');
}
