import type { Call } from '../../events/import-events.ts';
import { OutboundError } from '../../outbound/outbound-error.ts';
import { ImportFailure } from '../import-failure.ts';
import { wasTried } from './outbound-failure.ts';
import { placeOf } from './place-of.ts';

/** What is asked, and who is told of it. */
export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly called: (call: Call) => void;
  /** What an attempt ends with that got no answer. */
  readonly failureOf: (error: OutboundError) => ImportFailure;
}

/**
 * Makes one request, and tells of it: without query and credentials. What was refused before anything was sent is no request.
 * @throws {ImportFailure} it did not succeed
 */
export async function told<T>(
  { method, url, called, failureOf }: Asked,
  request: (onStatus: (status: number) => void) => Promise<T>,
): Promise<T> {
  const at = new Date().toISOString();
  const beganAtMs = performance.now();
  let status: number | null = null;
  const tell = (error: string | null) => {
    const { host, path } = placeOf(url);
    const ms = Math.round(performance.now() - beganAtMs);
    called({ request: `${method} ${url.protocol}//${host}${path}`, status, error, at, ms });
  };
  try {
    const outcome = await request((answered) => {
      status = answered;
    });
    tell(null);
    return outcome;
  } catch (error) {
    if (error instanceof OutboundError && !wasTried(error)) throw failureOf(error);
    const failure = error instanceof OutboundError ? failureOf(error) : error;
    tell(failure instanceof ImportFailure ? failure.message : 'What came could not be kept.');
    throw failure;
  }
}
