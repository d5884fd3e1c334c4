import type { ImportReason } from '../../events/import-events.ts';
import { ImportFailure } from '../import-failure.ts';

const NOT_FOUND = new Set([404, 410]);
/** Time-out, another server was meant, too early, too many requests: they may pass. */
const PASSING = new Set([408, 421, 425, 429]);
const OK = new Set([200, 203]);

/** Whether an answer with this status has what was asked for: the whole of it. */
export function isWhole(status: number): boolean {
  return OK.has(status);
}

/** What an attempt ends with that was answered with this status, which is neither a redirect nor whole. */
export function statusFailure(status: number): ImportFailure {
  return new ImportFailure(reasonOf(status), `The server answered ${status}.`);
}

/** What a server says of the request itself (4xx) stays so when it is repeated. All else may pass. */
function reasonOf(status: number): ImportReason {
  if (NOT_FOUND.has(status)) return 'source_not_found';
  return status >= 400 && status < 500 && !PASSING.has(status) ? 'source_forbidden' : 'source_unavailable';
}
