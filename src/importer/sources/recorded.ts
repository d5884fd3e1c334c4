import type { OutboundError } from '../../outbound/outbound-error.ts';
import { ImportFailure } from '../import-failure.ts';
import { importFailureOf, wasTried } from './outbound-failure.ts';
import type { Progress } from './source.ts';
import { told } from './told.ts';
import type { Visit } from './visit.ts';

/** Makes the request of a visit, and tells of it. @throws {ImportFailure} it did not succeed */
export function recorded<T>(
  visit: Visit,
  progress: Progress,
  request: (onStatus: (status: number) => void) => Promise<T>,
): Promise<T> {
  const asked = {
    ...({ method: 'GET', url: visit.url } as const),
    called: progress.called.bind(progress),
    failureOf: (error: OutboundError) => (wasTried(error) ? importFailureOf(error) : refusalOf(error, visit)),
  };
  return told(asked, request);
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
