import type { z } from 'zod';
import { streamName } from '../../../events/streams.ts';
import { StorageUnavailable } from '../../../importer/blobs/blob-store.ts';
import { bring } from '../../../importer/brought.ts';
import type { Claim } from '../../../importer/claims.ts';
import { ImportFailure } from '../../../importer/import-failure.ts';
import type { Keeping } from '../../../importer/keeping.ts';
import { ofStream, type Watch } from '../../changes.ts';
import { requestContext } from '../../command-context.ts';
import { assertUpload } from '../../in/read-upload.ts';
import { bodyTooLarge, imageRefused, noStorage, unavailable } from '../../out/problem.ts';
import { type OwnClaim, ownClaim } from '../../own-claim.ts';
import { type Asked, route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { importStatusSchema } from '../status/status-schema.ts';
import { claimIsOver, statusAnswer } from './claim-answers.ts';
import { ClaimOver, receiveBytes } from './receive-bytes.ts';
import { bytesSaid, claimInPath } from './work-schema.ts';

type AskedToComplete = Asked<'worker', z.output<typeof bytesSaid>, object>;

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
    ...(['not-found', 'conflict', 'deleted', 'body-too-large', 'unsupported-media-type', 'image-refused'] as const),
    'storage-unavailable',
  ],
  async handle(asked, services) {
    const { state, caller, inPath } = asked;
    const name = inPath.claim;
    state.importId = name.importId;
    await state.share.begin();
    // First, so that nothing is missed between.
    const watch = await services.changes.watch([ofStream(streamName('import', name.importId))]);
    try {
      const own = await ownClaim(services, caller, name);
      const isNew = own.endedBy !== 'ImportSucceeded';
      if (isNew && (own.claim === null || !(await complete(asked, services, own.claim, own, watch)))) {
        throw await claimIsOver(services, caller, name.importId);
      }
    } finally {
      watch.end();
    }
    return statusAnswer(services, caller, name.importId);
  },
});

/** @returns false: the claim is over */
async function complete(
  asked: AskedToComplete,
  services: Services,
  claim: Claim,
  { startedMs }: OwnClaim,
  watch: Watch,
): Promise<boolean> {
  const { ctx, state, caller, query } = asked;
  const { drafts, limits, blobs, claims, look, keeping, metrics } = services;
  assertUpload(ctx, drafts.limitBytes);
  if (blobs === null) throw noStorage();
  const leave = await limits.uploads.enter(caller.organizationId);
  const draft = await drafts.begin().catch((error) => {
    leave();
    noteIfOfStorage(error, keeping, 0);
    throw asRefusal(error, drafts.limitBytes);
  });
  try {
    await receiveBytes(asked, services, claim, watch, (piece) => draft.write(piece));
    const said = { bytes: null, md5: query.md5 ?? null, filename: query.filename ?? null };
    const image = await bring({ blobs, look }, claim.importId, await draft.end(), said);
    keeping.worked(image.bytes);
    const source = { kind: 'worker', external_id: query.external_id ?? null } as const;
    const actor = requestContext(state, caller);
    const isOurs = await claims.complete(claim, { image, source, calls: [] }, actor);
    const outcome = isOurs ? 'succeeded' : 'lost';
    const seconds = (Date.now() - startedMs) / 1_000;
    metrics.imports.attemptEnded({ source: 'worker', outcome, reason: null, seconds, bytes: draft.bytes });
    return isOurs;
  } catch (error) {
    if (error instanceof ClaimOver) return false;
    noteIfOfStorage(error, keeping, draft.bytes);
    throw asRefusal(error, drafts.limitBytes);
  } finally {
    await draft.discard();
    leave();
  }
}

function noteIfOfStorage(error: unknown, keeping: Keeping, bytes: number): void {
  const isOfStorage =
    error instanceof StorageUnavailable || (error instanceof ImportFailure && error.reason === 'storage_unavailable');
  if (isOfStorage) keeping.failed(error, bytes);
}

/** What is wrong with the bytes, as an answer. */
function asRefusal(error: unknown, limitBytes: number): unknown {
  if (!(error instanceof ImportFailure)) return error;
  const { reason, message } = error;
  if (reason === 'source_too_large') return bodyTooLarge(limitBytes);
  if (reason === 'storage_unavailable') return unavailable('storage-unavailable', message, error.cause);
  return imageRefused(reason, message);
}
