import type { Logger } from 'pino';
import { atMost } from '../time/seldom.ts';

/** Limits the log lines of requests without a valid token: whoever can connect could fill the disk of the log with them. */
const LINES_OF_STRANGERS_A_SECOND = 100;

/** What the line of a request says; docs/operating.md has its fields. */
export interface RequestLine {
  readonly status: number;
  /** Undefined: no token with a right signature. */
  readonly caller: string | undefined;
  readonly [field: string]: unknown;
}

/**
 * Writes the log line of a request. If there are many from nobody who is known, it writes some of them and says how many were left out; the
 * metrics count all.
 */
export function requestLines(logger: Logger): (line: RequestLine) => void {
  const write = (line: RequestLine, unsaid: number) => {
    const said = unsaid > 0 ? { ...line, lines_left_out: unsaid } : line;
    if (line.status >= 500) logger.error(said, 'request failed');
    else logger.info(said, 'request');
  };
  const ofStranger = atMost(LINES_OF_STRANGERS_A_SECOND, 1_000, write);
  return (line) => (line.caller === undefined ? ofStranger(line) : write(line, 0));
}
