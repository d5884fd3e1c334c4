import type { Context } from 'koa';
import type { Image } from '../../../events/event-types.ts';
import { streamName } from '../../../events/streams.ts';
import type { Draft } from '../../../importer/blobs/draft.ts';
import { bring } from '../../../importer/brought.ts';
import type { Claim } from '../../../importer/claims.ts';
import { ImportFailure } from '../../../importer/import-failure.ts';
import { ofStream, type Watch } from '../../changes.ts';
import { assertUpload, readUpload } from '../../in/read-upload.ts';
import { bodyTooLarge, imageRefused, noStorage, Problem, unavailable } from '../../out/problem.ts';
import { ownClaim } from '../../own-claim.ts';
import type { RequestState } from '../../request.ts';
import { type Asked, route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { importStatusSchema } from '../status/status-schema.ts';
import { claimIsOver, statusAnswer } from './claim-answers.ts';
import { bytesSaid, claimInPath } from './work-schema.ts';

const STALL_MS = 30_000;

/** Streams the bytes into a draft. A claim that is over is told before they are read, and as soon as it is over while they come. */
export const completeClaim = route({
  id: 'completeClaim',
  tag: 'Work',
  method: 'POST',
  path: '/api/v1/work/claims/:claim/complete',
  access: 'worker',
  summary: 'Bring the image of an import',
  description: `The body is the image, as it is. What it is follows from its bytes, whatever \`Content-Type\` and \`filename\` say. It has at most \`IMPORT_MAX_MB\` (100 MB, unless the operators chose otherwise), and a piece of it comes every 30 seconds at least, until the deadline of the claim.

If the claim is over, the answer is 409, and what was sent is thrown away. With \`Expect: 100-continue\` you learn it before you send the bytes. To complete again what you have completed is no error: the bytes are not read. Bytes that are no image get 422, and the claim is still yours.`,
  inPath: claimInPath,
  query: bytesSaid,
  upload: 'The bytes of the image.',
  answers: { 200: { description: 'The import has succeeded.', body: importStatusSchema, headers: ['ETag'] } },
  problems: [
    ...(['not-found', 'conflict', 'body-too-large', 'unsupported-media-type', 'image-refused'] as const),
    'storage-unavailable',
  ],
  async handle(asked, services) {
    const { ctx, state, caller, inPath } = asked;
    const name = inPath.claim;
    state.importId = name.importId;
    await state.share.begin();
    const watch = await services.changes.watch([ofStream(streamName('import', name.importId))]);
    try {
      const { claim, endedBy } = await ownClaim(services, caller, name);
      if (claim !== null) await complete(asked, services, claim, watch);
      else if (endedBy !== 'ImportSucceeded') throw await claimIsOver(services, caller, name.importId);
    } finally {
      watch.end();
    }
    return statusAnswer(services, caller, name.importId);
  },
});

type AskedToComplete = Asked<'worker', { [N in 'filename' | 'external_id' | 'md5']?: string | undefined }, object>;

async function complete(asked: AskedToComplete, services: Services, claim: Claim, watch: Watch): Promise<void> {
  const { ctx, state, caller, query } = asked;
  const { drafts, limits, blobs, claims, metrics } = services;
  assertUpload(ctx, drafts.limitBytes);
  if (blobs === null) throw noStorage();
  const leave = await limits.uploads.enter(caller.organizationId);
  const beganMs = performance.now();
  try {
    const draft = await drafts.begin();
    try {
      await receive(ctx, state, services, claim, watch, draft);
      const said = { bytes: null, md5: query.md5 ?? null, filename: query.filename ?? null };
      const image: Image = await bring({ blobs, look: services.look }, claim.importId, await draft.end(), said);
      const source = { kind: 'worker', external_id: query.external_id ?? null } as const;
      const actor = { ...caller.identity, request_id: state.requestId };
      const isOurs = await claims.complete(claim, { image, source, calls: [] }, actor);
      const outcome = isOurs ? 'succeeded' : 'lost';
      const seconds = (performance.now() - beganMs) / 1_000;
      metrics.attemptEnded({ source: 'worker', outcome, reason: null, seconds, bytes: draft.bytes });
      if (!isOurs) throw await claimIsOver(services, caller, claim.importId);
    } finally {
      await draft.discard();
    }
  } catch (error) {
    throw error instanceof ImportFailure ? asRefusal(error, drafts.limitBytes) : error;
  } finally {
    leave();
  }
}

/** Reads the body, until the claim is over. */
async function receive(
  ctx: Context,
  state: RequestState,
  services: Services,
  claim: Claim,
  watch: Watch,
  draft: Draft,
): Promise<void> {
  const [over, done] = [new AbortController(), new AbortController()];
  const look = async () => {
    for (let isHeld = true; isHeld; ) {
      await watch.next(Math.max(0, claim.deadlineMs - Date.now()), done.signal);
      if (done.signal.aborted) return;
      isHeld = Date.now() < claim.deadlineMs && (await services.claims.held(claim.importId, claim.eventId)) !== null;
    }
    over.abort(new ClaimOver());
  };
}

/** What is wrong with the bytes, as an answer. */
function asRefusal({ reason, message }: ImportFailure, limitBytes: number): Problem {
  if (reason === 'source_too_large') return bodyTooLarge(limitBytes);
  if (reason === 'storage_unavailable') return unavailable('storage-unavailable', message);
  return imageRefused(reason, message);
}
