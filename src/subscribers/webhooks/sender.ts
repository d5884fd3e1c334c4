import { type Clock, timeText } from '../../clock.ts';
import type { GuardedClient } from '../../outbound/guarded-client.ts';
import { OutboundError } from '../../outbound/outbound-error.ts';
import type { WebhookView } from '../../projections/views.ts';
import { reasonOf } from '../../reason-of.ts';
import { KeyMissing } from '../../tokens/keys.ts';
import type { Attempt } from './delivery-store.ts';
import { retryAfterMs } from './schedule.ts';
import type { Signer } from './signing/signer.ts';

const TIMEOUT_MS = 15_000;
const ANSWER_BYTES = 1_024;
const GONE = 410;

/** For the subscriber, who need not know which key. */
const NO_KEY = 'the service does not have the key of this webhook: rotate its secret, or ask its operator';

/** What came of an attempt. */
export interface Sent {
  readonly attempt: Attempt;
  /** `gone`: the receiver wants nothing any more. */
  readonly outcome: 'acknowledged' | 'failed' | 'gone';
  /** How long the receiver asked to wait; null: it did not. */
  readonly retryAfterMs: number | null;
}

export interface SenderParts {
  readonly client: Pick<GuardedClient, 'post'>;
  readonly signer: Pick<Signer, 'headers'>;
  readonly clock: Clock;
}

/** Signs and posts. */
export class Sender {
  readonly #parts: SenderParts;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /**
   * Makes one attempt. Any 2xx acknowledges; a redirect is a failure and is not followed.
   * @param id the message's id: a receiver that has seen it drops the message
   * @returns null: this service itself ended the attempt, and nobody knows what came of it
   */
  async send(endpoint: WebhookView, id: string, body: string, signal: AbortSignal): Promise<Sent | null> {
    const { client, signer, clock } = this.#parts;
    const nowMs = clock.now();
    const at = timeText(nowMs);
    const began = clock.elapsed();
    try {
      const headers = {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'import-api-webhooks/1',
        ...signer.headers(endpoint, { id, timestampSeconds: Math.floor(nowMs / 1_000), body }, nowMs),
      };
      const post = { party: endpoint.id, headers, body, timeoutMs: TIMEOUT_MS, answerBytes: ANSWER_BYTES, signal };
      const answer = await client.post(endpoint.url, post);
      const { status } = answer;
      return {
        attempt: { at, ms: Math.round(answer.ms), status, answer: answer.body || null, failure: null },
        outcome: status === GONE ? 'gone' : status >= 200 && status < 300 ? 'acknowledged' : 'failed',
        retryAfterMs: retryAfterMs(answer.headers['retry-after'], clock.now()),
      };
    } catch (error) {
      if (error instanceof OutboundError && error.code === 'aborted') return null;
      const ms = Math.round(clock.elapsed() - began);
      return {
        attempt: {
          at,
          ms,
          status: null,
          answer: null,
          failure: error instanceof KeyMissing ? NO_KEY : reasonOf(error),
        },
        outcome: 'failed',
        retryAfterMs: null,
      };
    }
  }
}
