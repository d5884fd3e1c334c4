import type { Logger } from 'pino';
import { atMost } from '../time/seldom.ts';

/** Limits the log lines of refusals: a flood of garbage must not flood the log. */
const LINES_A_SECOND = 10;

/** An answer to bytes that are no request, or to a request that did not arrive in time. */
export interface Refusal {
  readonly requestId: string;
  /** The address of the socket; undefined if it is closed already. */
  readonly address: string | undefined;
  readonly status: number;
  /** The problem's code. */
  readonly problem: string;
}

/** Writes the log line of a refusal. If there are many, it writes some of them and says how many were left out. */
export function refusalLines(logger: Logger): (refusal: Refusal) => void {
  return atMost(LINES_A_SECOND, 1_000, ({ requestId, address, status, problem }, unsaid) =>
    logger.info(
      { request_id: requestId, address, status, problem, ...(unsaid > 0 && { lines_left_out: unsaid }) },
      'request refused',
    ),
  );
}
