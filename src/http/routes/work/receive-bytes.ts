import type { Claim } from '../../../importer/claims.ts';
import type { Watch } from '../../changes.ts';
import { readUpload, type Upload } from '../../in/read-upload.ts';
import type { Asked } from '../../route.ts';
import type { Services } from '../../services.ts';

/** The longest pause between two pieces. */
const STALL_MS = 30_000;

/** Why the bytes are not read to their end. */
export class ClaimOver extends Error {}

/**
 * Reads the bytes that a worker brings, until the claim is over.
 * @param watch tells of events of the import
 * @throws {ClaimOver}
 * @throws {Problem} as `readUpload`
 */
export async function receiveBytes(
  { ctx, state }: Pick<Asked<'worker', object, object>, 'ctx' | 'state'>,
  { claims, drafts }: Pick<Services, 'claims' | 'drafts'>,
  claim: Claim,
  watch: Watch,
  take: Upload['take'],
): Promise<void> {
  const [over, done] = [new AbortController(), new AbortController()];
  const isHeld = async () =>
    Date.now() < claim.deadlineMs && (await claims.held(claim.importId, claim.eventId)) !== null;
  const guard = async () => {
    do {
      await watch.next(Math.max(0, claim.deadlineMs - Date.now()), done.signal);
      if (done.signal.aborted) return;
      // While the log is away, nobody else can claim it either.
    } while (await isHeld().catch(() => true));
    over.abort(new ClaimOver());
  };
  void guard();
  try {
    await readUpload(ctx, state, { limitBytes: drafts.limitBytes, stallMs: STALL_MS, take, signal: over.signal });
  } finally {
    done.abort();
  }
}
