import { OutboundError } from '../../outbound/outbound-error.ts';
import { ImportFailure } from '../import-failure.ts';
import { importFailureOf, wasTried } from './outbound-failure.ts';
import { placeOf } from './place-of.ts';
import type { Progress } from './source.ts';
import type { Visit } from './visit.ts';

/**
 * Makes one request, and tells of it: without query and credentials. What was refused before anything was sent is no request.
 * @throws {ImportFailure} it did not succeed
 */
export async function recorded<T>(
  visit: Visit,
  progress: Progress,
  request: (onStatus: (status: number) => void) => Promise<T>,
): Promise<T> {
  const at = new Date().toISOString();
  const beganAtMs = performance.now();
  let status: number | null = null;
  const tell = (error: string | null) => {
    const { host, path } = placeOf(visit.url);
    const ms = Math.round(performance.now() - beganAtMs);
    progress.called({ request: `GET ${visit.url.protocol}//${host}${path}`, status, error, at, ms });
  };
  try {
    const outcome = await request((answered) => {
      status = answered;
    });
    tell(null);
    return outcome;
  } catch (error) {
    if (error instanceof OutboundError && !wasTried(error)) throw refusalOf(error, visit);
    const failure = error instanceof OutboundError ? importFailureOf(error) : error;
    tell(failure instanceof ImportFailure ? failure.message : 'What came could not be kept.');
    throw failure;
  }
}

/** Where a redirect leads to, only the redirecting server has said: it may be of a private network, and is not told to the caller. */
function refusalOf(error: OutboundError, { before }: Visit): ImportFailure {
  const failure = importFailureOf(error);
  if (before.length === 0) return failure;
  return new ImportFailure(
    failure.reason,
    failure.reason === 'blocked_address'
      ? 'A redirect leads to where nothing is fetched from: not to the public internet, or by another scheme or port than are open.'
      : 'A redirect leads to a host whose name could not be looked up in DNS.',
    { cause: error },
  );
}
