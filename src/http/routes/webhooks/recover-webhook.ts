import { z } from 'zod';
import type { Watermark } from '../../../commands/webhook.ts';
import type { WebhookView } from '../../../projections/views.ts';
import { isIn } from '../../../subscribers/place.ts';
import { markOf } from '../../../subscribers/webhooks/mark.ts';
import { time } from '../../in/query-values.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { malformed, notFound, placeGone } from '../../out/problem.ts';
import { renderWebhook, scopeOf } from '../../out/render-webhook.ts';
import { ownWebhook } from '../../own-webhook.ts';
import { route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { EXAMPLE } from '../examples.ts';
import { assertNotHeld, onWebhook } from './on-webhook.ts';
import { ofAlbum, webhookInPath, webhookSchema } from './webhook-schema.ts';

const MOST_A_SECOND = 1_000;
const RATE = `takes a number of deliveries a second, at most ${MOST_A_SECOND}, such as 10.`;

const body = z
  .object({
    since: time().optional().meta({ description: 'Everything that happened at this time or later. It needs a zone.' }),
    after: z.string({ error: 'takes a cursor as text.' }).optional().meta({
      description: 'Everything after this cursor, such as the `watermark` of a delivery.',
    }),
    rate: z.number({ error: RATE }).positive({ error: RATE }).max(MOST_A_SECOND, { error: RATE }).optional().meta({
      description: 'So many deliveries a second at most. If it is not sent: as many as the receiver takes.',
    }),
  })
  .meta({ id: 'Recovery', description: 'Either `since` or `after`.', examples: [{ since: EXAMPLE.time, rate: 10 }] });

export const recoverWebhook = route({
  id: 'recoverWebhook',
  tag: 'Webhooks',
  method: 'POST',
  path: '/api/v1/webhooks/:id/recover',
  access: 'caller',
  summary: 'Send events again',
  description:
    'Sends everything again that happened after a place: for a receiver that lost what it had, or that was disabled. The receiver gets events that it ' +
    'has seen, with the same `webhook-id`.',
  inPath: webhookInPath,
  query: ofAlbum,
  headers: ['Content-Encoding'],
  json: body,
  answers: { 202: { description: 'The webhook. The events will be sent.', body: webhookSchema } },
  problems: ['album-not-allowed', 'not-found', 'conflict', 'gone', 'deliveries-unavailable'],
  async handle({ state, caller, query, inPath: { id }, json }, services) {
    const { since, after, rate = null } = json;
    const stored = await ownWebhook(services, { state, caller }, id, query.album_id);
    assertNotHeld(await services.webhooks.heldReason(stored.view));
    const mark = await placeOf(services, stored.view, since, after);
    const recovered = await onWebhook(services, { state, caller }, stored, {
      type: 'RecoverWebhook',
      after: mark,
      rate,
    });
    return jsonAnswer(renderWebhook(recovered.view, null, services), [], 202);
  },
});

/** @throws {Problem} 400, 404 for a cursor of other events, 410 if the log does not have it any more */
async function placeOf(
  { log, cursors, timeMarks, webhooks }: Services,
  view: WebhookView,
  since: string | undefined,
  after: string | undefined,
): Promise<Watermark> {
  if (since !== undefined && after === undefined) {
    return markOf(await timeMarks.placeBefore(Date.parse(since)), webhooks.service);
  }
  if (after === undefined || since !== undefined)
    throw malformed('The body takes either since, a time, or after, a cursor.');
  const cursor = cursors.read(after);
  if (cursor === null) {
    throw malformed(
      'after is no cursor of this service: send the cursor of an event, or the watermark of a delivery, as it is, or since=<a time> instead.',
    );
  }
  if (cursor.scope !== scopeOf(view)) {
    throw notFound('There is no such cursor for this webhook. Use one of its own deliveries, or since=<a time>.');
  }
  if (!(await isIn(log, cursor.place))) throw placeGone();
  return markOf(cursor.place, webhooks.service);
}
