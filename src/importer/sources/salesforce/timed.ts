import type { Call } from '../../../events/event-types.ts';
import { reasonOf } from '../../../reason-of.ts';

/** Is told of each request when it is over. */
export type ReportCall = (call: Call) => void;

interface Asked {
  readonly method: 'GET' | 'POST';
  /** Its query is not told. */
  readonly url: string;
  readonly called: ReportCall;
}

/**
 * Does a request and reports it.
 * @param work is given a function to call with the status, once there is one
 */
export async function timed<T>(
  { method, url, called }: Asked,
  work: (answered: (status: number) => void) => Promise<T>,
): Promise<T> {
  const { origin, pathname } = new URL(url);
  const at = new Date().toISOString();
  const beganAtMs = performance.now();
  let status: number | null = null;
  const report = (error: string | null) =>
    called({
      request: `${method} ${origin}${pathname}`,
      status,
      error,
      at,
      ms: Math.round(performance.now() - beganAtMs),
    });
  try {
    const result = await work((answered) => {
      status = answered;
    });
    report(null);
    return result;
  } catch (error) {
    report(reasonOf(error));
    throw error;
  }
}
