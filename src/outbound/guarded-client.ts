import type { Dispatcher } from 'undici';
import { beginningOf } from './beginning-of.ts';
import { coarse } from './coarse.ts';
import type { Destinations } from './destinations.ts';
import { failureOf } from './failure.ts';
import { type Keeping, Origins } from './origins.ts';
import { OutboundError } from './outbound-error.ts';
import { piecesOf } from './pieces-of.ts';

interface OutboundRequest {
  /** For whom it is sent. Each party has connections of its own: one whose server hangs does not delay another with the same server. */
  readonly party: string;
  readonly headers: { readonly [name: string]: string };
  /** For everything, from the look-up of the name to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

export interface OutboundPost extends OutboundRequest {
  readonly body: string | Uint8Array;
  /** How much of the answer's body is read. */
  readonly answerBytes: number;
}

export interface OutboundGet extends OutboundRequest {
  /**
   * How long it may take until the headers come, and then until each next piece of the body, in milliseconds; 30 s unless set. The time in
   * which a piece is used does not count: the sender may have to wait then.
   */
  readonly stallMs?: number;
}

/** A request as it is sent. */
interface Sent extends Required<Omit<OutboundGet, 'signal'>>, Pick<OutboundGet, 'signal'> {
  readonly method: 'GET' | 'POST';
  readonly body: string | Uint8Array | null;
}

/** Status and headers of an answer. */
interface AnswerHead {
  readonly status: number;
  /** Names in lower case; in values each character is a byte. */
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

export interface OutboundAnswer extends AnswerHead {
  /** Its first bytes as text. */
  readonly body: string;
  /** How long the request took, in milliseconds. */
  readonly ms: number;
}

/** An answer whose body comes piece by piece. */
export interface StreamedAnswer extends AnswerHead {
  /**
   * As it is sent: nothing is unpacked. It can be read once, and no more than some 128 KB of it are held here. It throws an
   * `OutboundError` if it breaks off, ends before its `Content-Length`, or takes too long.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

const KEEPING: Keeping = { connections: 32, idleMs: 4_000, reuseMs: 10_000 };
const STALL_MS = 30_000;
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
  post(url: string, { answerBytes, ...post }: OutboundPost): Promise<OutboundAnswer> {
    const beganAtMs = performance.now();
    return this.#send(url, { ...post, method: 'POST', stallMs: post.timeoutMs }, async ({ status, headers, body }) => {
      const text = await beginningOf(body, answerBytes);
      return { status, headers, body: text, ms: performance.now() - beganAtMs };
    });
  }

  /**
   * Sends a GET. A redirect is an answer like others: nobody follows it.
   * @param read gets the answer when its headers have come. What it has left of the body when it is over is thrown away
   * @returns what `read` returns
   * @throws {OutboundError} nothing was sent, or no answer came
   * @throws what `read` throws
   */
  get<T>(url: string, get: OutboundGet, read: (answer: StreamedAnswer) => Promise<T>): Promise<T> {
    return this.#send(url, { stallMs: STALL_MS, ...get, method: 'GET', body: null }, read);
  }

  /** Ends the requests that are under way, and closes all connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#origins.close(aborted());
  }

  async #send<T>(url: string, sent: Sent, read: (answer: StreamedAnswer) => Promise<T>): Promise<T> {
    const parsed = this.#destinations.parse(url);
    const { party, timeoutMs, stallMs, signal } = sent;
    if (this.#isClosed || signal?.aborted) throw aborted();
    const end = new AbortController();
    let missing = 'no answer';
    const deadline = setTimeout(() => end.abort(timedOut(missing, timeoutMs)), timeoutMs);
    const abort = () => end.abort(aborted());
    signal?.addEventListener('abort', abort);
    const held = this.#origins.take(party, parsed.origin);
    try {
      const { statusCode, headers, body } = await headOf(held.dispatcher, parsed, sent, end);
      missing = 'not all of the answer';
      // Nobody may be reading when it breaks off.
      body.on('error', () => {});
      const onStall = () => end.abort(timedOut('no more of the answer', stallMs));
      try {
        return await read({ status: statusCode, headers, body: piecesOf(body, stallMs, onStall) });
      } finally {
        body.destroy();
      }
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', abort);
      held.release();
    }
  }
}

/** Sends a request, and waits for the headers of its answer. */
async function headOf(
  dispatcher: Dispatcher,
  { origin, pathname, search }: URL,
  { method, headers, body, stallMs }: Sent,
  end: AbortController,
): Promise<Dispatcher.ResponseData> {
  const stall = setTimeout(() => end.abort(timedOut('no answer', stallMs)), stallMs);
  const onTooFine = () => end.abort(new OutboundError('bad_answer', 'the answer comes in too small pieces'));
  let interimAnswers = 0;
  try {
    return await coarse(dispatcher, onTooFine).request({
      origin,
      path: pathname + search,
      method,
      // A compressed answer would have to be unpacked, and a kilobyte may unpack to a gigabyte.
      headers: { ...headers, 'accept-encoding': 'identity' },
      body,
      signal: end.signal,
      onInfo: () => {
        interimAnswers += 1;
        if (interimAnswers > MOST_INTERIM_ANSWERS)
          end.abort(new OutboundError('bad_answer', 'no answer followed the interim ones'));
      },
    });
  } catch (error) {
    throw failureOf(error);
  } finally {
    clearTimeout(stall);
  }
}

function timedOut(what: string, ms: number): OutboundError {
  return new OutboundError('timeout', `${what} came within ${ms / 1_000} s`);
}

function aborted(): OutboundError {
  return new OutboundError('aborted', 'this service ended the request');
}
