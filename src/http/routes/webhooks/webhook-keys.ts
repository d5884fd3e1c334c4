import { NOBODY } from '../../limits/loop-share.ts';
import { JSON_TYPE } from '../../out/json-answer.ts';
import { notFound } from '../../out/problem.ts';
import { route } from '../../route.ts';
import { webhookInPath, webhookKeysSchema } from './webhook-schema.ts';

/** Public keys are public: a receiver need not have a token. Whoever does not know the id of an endpoint learns nothing. */
export const webhookKeys = route({
  id: 'webhookKeys',
  tag: 'Webhooks',
  method: 'GET',
  path: '/.well-known/webhook-keys/:id.json',
  access: 'anyone',
  summary: 'The public keys of a webhook',
  description: 'For receivers that verify `v1a` signatures. No token is needed.',
  inPath: webhookInPath,
  answers: { 200: { description: 'The keys.', body: webhookKeysSchema, headers: ['Content-Encoding'] } },
  problems: ['not-found', 'overloaded', 'read-model-unavailable', 'internal-error'],
  async handle({ inPath: { id } }, { limits, readModel, signer }) {
    await limits.loop.begin(NOBODY);
    const view = (await readModel.get('webhook', id))?.view;
    if (view === undefined || view.is_deleted === 'yes' || view.v1a === 'no') {
      throw notFound('There is no webhook with this id that signs with a public key (v1a).');
    }
    const body = JSON.stringify({ keys: signer.publicKeys(view, Date.now()) });
    return { status: 200, contentType: JSON_TYPE, body };
  },
});
