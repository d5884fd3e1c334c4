import type { Logger } from 'pino';
import { atMost } from '../seldom.ts';

/** A flood of garbage must not flood the log. */
const LINES_A_SECOND = 10;

/** The answer to what is not even a request, or did not arrive in time. */
export interface Refusal {
  readonly requestId: string;
  /** Of the socket; undefined where it is closed already. */
  readonly address: string | undefined;
  readonly status: number;
  /** The problem's code. */
  readonly problem: string;
}

/** Writes the log line of a refusal, for some of them where there are many. */
export function refusalLines(logger: Logger): (refusal: Refusal) => void {
  return atMost(LINES_A_SECOND, 1_000, ({ requestId, address, status, problem }, unsaid) =>
    logger.info(
      { request_id: requestId, address, status, problem, ...(unsaid > 0 && { lines_left_out: unsaid }) },
      'request refused',
    ),
  );
}
