import { requestContext } from '../../command-context.ts';
import { ownClaim } from '../../own-claim.ts';
import { route } from '../../route.ts';
import { importStatusSchema } from '../status/status-schema.ts';
import { claimIsOver, statusAnswer } from './claim-answers.ts';
import { claimInPath, failureSaid } from './work-schema.ts';

const ENDED_SO: readonly (string | null)[] = ['ImportFailed', 'ImportRetryScheduled'];

export const failClaim = route({
  id: 'failClaim',
  tag: 'Work',
  method: 'POST',
  path: '/api/v1/work/claims/:claim/fail',
  access: 'worker',
  summary: 'Say why an import could not be performed',
  description:
    'Ends the claim. Whether the import is tried again, and when, follows from the reason: the answer says it. If the claim is over, the answer is 409. To ' +
    'say again what you have said is no error.',
  inPath: claimInPath,
  headers: ['Content-Encoding'],
  json: failureSaid,
  answers: { 200: { description: 'It is recorded.', body: importStatusSchema, headers: ['ETag'] } },
  problems: ['not-found', 'conflict', 'deleted'],
  async handle({ state, caller, inPath, json }, services) {
    const { importId } = inPath.claim;
    state.importId = importId;
    const { claim, endedBy, startedMs } = await ownClaim(services, caller, inPath.claim);
    await state.share.resume();
    if (claim === null) {
      if (!ENDED_SO.includes(endedBy)) throw await claimIsOver(services, caller, importId);
      return statusAnswer(services, caller, importId);
    }
    const { reason, detail, retry_after } = json;
    const { claims, metrics } = services;
    const actor = requestContext(state, caller);
    const retryAfterMs = (retry_after ?? 0) * 1_000;
    const outcome = await state.share.write(async () => {
      if (reason !== 'worker_lost') return claims.fail(claim, { reason, detail, calls: [], retryAfterMs }, actor);
      return (await claims.giveBack(claim, [], actor)) ? 'given_back' : null;
    });
    const seconds = (Date.now() - startedMs) / 1_000;
    metrics.imports.attemptEnded({ source: 'worker', outcome: outcome ?? 'lost', reason, seconds, bytes: 0 });
    if (outcome === null) throw await claimIsOver(services, caller, importId);
    return statusAnswer(services, caller, importId);
  },
});
