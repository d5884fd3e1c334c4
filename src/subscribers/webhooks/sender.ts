import { reasonOf } from '../../errors/reason-of.ts';
import type { GuardedClient } from '../../outbound/guarded-client.ts';
import { OutboundError } from '../../outbound/outbound-error.ts';
import type { WebhookView } from '../../projections/views.ts';
import { failed, spans, traceparentOf } from '../../telemetry/tracing.ts';
import { type Clock, timeText } from '../../time/clock.ts';
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

/** What is sent. */
export interface Message {
  /** A receiver that has seen it drops the message. */
  readonly id: string;
  readonly body: string;
  /** Of the event, if it has one. */
  readonly traceparent?: string;
}

export interface SenderParts {
  readonly client: Pick<GuardedClient, 'post'>;
  readonly signer: Pick<Signer, 'headers'>;
  readonly clock: Clock;
}

/** Signs and posts. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #inSpan = spans();

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /**
   * Makes one attempt, in the trace of the event. Any 2xx acknowledges; a redirect is a failure and is not followed.
   * @returns null: this service itself ended the attempt, and nobody knows what came of it
   */
  send(endpoint: WebhookView, message: Message, signal: AbortSignal): Promise<Sent | null> {
    const { id, traceparent } = message;
    const attributes = { 'imports.webhook_id': endpoint.id, 'imports.event_id': id };
    const asked = () => ({ name: 'deliver to a webhook', kind: 'client' as const, after: [traceparent], attributes });
    return this.#inSpan(asked, async (span) => {
      if (span === null) return this.#send(endpoint, message, signal);
      const sent = await this.#send(endpoint, { ...message, traceparent: traceparentOf(span) }, signal);
      if (sent !== null && sent.outcome !== 'acknowledged') {
        failed(span, sent.attempt.failure ?? `status ${sent.attempt.status}`);
      }
      return sent;
    });
  }

  async #send(endpoint: WebhookView, message: Message, signal: AbortSignal): Promise<Sent | null> {
    const { id, body, traceparent } = message;
    const { client, signer, clock } = this.#parts;
    const nowMs = clock.now();
    const at = timeText(nowMs);
    const began = clock.elapsed();
    try {
      const headers = {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'import-api-webhooks/1',
        ...(traceparent !== undefined && { traceparent }),
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
