import type { EventData, Fact } from '../events/event-types.ts';
import { IMPORT_LIFETIME_MS } from '../events/import-events.ts';
import { CommandRefused } from './command-refused.ts';
import type { Decider } from './decider.ts';
import type { CreateImport, ImportCommand, Performed } from './import-command.ts';
import { COURSE_OF, delayMs } from './import-reasons.ts';
import { isSameRequest } from './same-request.ts';

/** So often in a row a claim may be lost: what it was for may be what ends the workers. */
const MOST_LOST = 5;

/** After so many in a row that were given back, an import waits before the next one: else a worker could fill the log with claims. */
const MOST_GIVEN_BACK = 5;

/** All events of an import are read for each command: whoever cancels and retries it for ever must not hold up everybody. */
const MOST_RETRIES = 100;

/** What somebody asked for, and how far it is. */
interface Asked {
  readonly request: EventData['ImportRequested'];
  /** When, in which log, and where: the request, or the last request for a retry. */
  readonly askedAtMs: number;
  readonly log: string | null;
  readonly position: bigint;
  /** How many attempts there were. */
  readonly attempts: number;
  /** How many of them failed since it was asked for. */
  readonly failed: number;
  /** How many claims were lost in a row. */
  readonly lost: number;
  /** How many were given back in a row. */
  readonly givenBack: number;
  /** How often in a row it has to wait for something else to be mended. */
  readonly waits: number;
  /** How often it was requested anew after its end. */
  readonly retries: number;
}

export type ImportState =
  | { readonly status: 'absent' }
  | (Asked & { readonly status: 'waiting'; readonly notBeforeMs: number })
  | (Asked & { readonly status: 'running'; readonly claim: number })
  | (Asked & { readonly status: 'succeeded' | 'failed' | 'cancelled' });

/**
 * One import. The stream is the lock: a worker claims the import by `ImportStarted`, and its result counts only as long as nobody else has
 * claimed it since. For a retry of the request (with the same idempotency key) it decides nothing; for another request with that key it
 * refuses.
 */
export const importDecider: Decider<ImportState, ImportCommand> = {
  initial: { status: 'absent' },

  evolve(state, event) {
    const atMs = Date.parse(event.metadata.occurred_at);
    const { log = null } = event.metadata;
    if (event.type === 'ImportRequested') {
      const { data: request, position } = event;
      const asked = { request, askedAtMs: atMs, log, position, attempts: 0, failed: 0, lost: 0 };
      return { ...asked, givenBack: 0, waits: 0, retries: 0, status: 'waiting', notBeforeMs: atMs };
    }
    if (state.status === 'absent') return state;
    switch (event.type) {
      case 'ImportStarted': {
        const { attempt } = event.data;
        const lost = state.status === 'running' ? state.lost + 1 : state.lost;
        return { ...askedIn(state), status: 'running', attempts: attempt, lost, claim: event.revision };
      }
      case 'ImportRetryScheduled': {
        const { attempt, reason, not_before } = event.data;
        // An attempt that does not count is taken off.
        const failed = attempt === state.attempts ? state.failed + 1 : state.failed;
        const notBeforeMs = Date.parse(not_before);
        const givenBack = reason === 'worker_lost' ? state.givenBack + 1 : 0;
        const waits = COURSE_OF[reason] === 'waits' ? state.waits + 1 : 0;
        const counted = { attempts: attempt, failed, lost: 0, givenBack, waits };
        return { ...askedIn(state), ...counted, status: 'waiting', notBeforeMs };
      }
      case 'ImportSucceeded':
        return { ...askedIn(state), status: 'succeeded' };
      case 'ImportFailed':
        return { ...askedIn(state), status: 'failed', attempts: event.data.attempt };
      case 'ImportCancelled':
        return { ...askedIn(state), status: 'cancelled' };
      case 'ImportRetryRequested': {
        const asked = { ...askedIn(state), askedAtMs: atMs, log, position: event.position, failed: 0, lost: 0 };
        return { ...asked, givenBack: 0, waits: 0, retries: state.retries + 1, status: 'waiting', notBeforeMs: atMs };
      }
      default:
        return state;
    }
  },

  decide(command, state): Fact[] {
    if (command.type === 'CreateImport') return create(command, state);
    if (state.status === 'absent') throw new CommandRefused('import_unknown', 'There is no such import.');
    const { album_id } = state.request;
    switch (command.type) {
      case 'StartImport':
        return start(command, state);
      case 'CompleteImport': {
        const { image, source, calls } = command;
        const { attempts: attempt } = assertClaimed(state, command.claim);
        return [{ type: 'ImportSucceeded', data: { album_id, attempt, image, source, calls: [...calls] } }];
      }
      case 'FailAttempt':
        return failAttempt(command, assertClaimed(state, command.claim));
      case 'GiveBack': {
        const { attempts, givenBack } = assertClaimed(state, command.claim);
        const waitMs = givenBack < MOST_GIVEN_BACK ? 0 : delayMs('waits', 1, 0.5);
        const not_before = timeText(command.nowMs + waitMs);
        const why = { reason: 'worker_lost', detail: 'The worker ended before it was done.' } as const;
        const data = { album_id, attempt: attempts - 1, ...why, calls: [...command.calls], not_before };
        return [{ type: 'ImportRetryScheduled', data }];
      }
      case 'ExpireImport': {
        if (state.status !== 'waiting' || command.nowMs < state.askedAtMs + IMPORT_LIFETIME_MS) return [];
        if (!isPerformed(state, command.performed)) return [];
        const { reason, detail } = command;
        return [{ type: 'ImportFailed', data: { album_id, attempt: state.attempts, reason, detail, calls: [] } }];
      }
      case 'CancelImport':
        if (state.status === 'cancelled') return [];
        if (state.status === 'waiting' || state.status === 'running')
          return [{ type: 'ImportCancelled', data: { album_id } }];
        throw ended(state, 'there is nothing to cancel');
      case 'RetryImport': {
        const { reason, adoptedBy } = command;
        if (state.status === 'succeeded') throw ended(state, 'there is nothing to retry');
        const hasEnded = state.status === 'failed' || state.status === 'cancelled';
        if (hasEnded && state.retries >= MOST_RETRIES)
          throw ended(state, 'it was tried anew too often, request it as a new import');
        const isAdopted = adoptedBy !== null && !isPerformed(state, adoptedBy);
        return hasEnded || isAdopted ? [{ type: 'ImportRetryRequested', data: { album_id, reason } }] : [];
      }
    }
  },
};

type There = Exclude<ImportState, { status: 'absent' }>;
type Running = Extract<ImportState, { status: 'running' }>;

function create(command: CreateImport, state: ImportState): Fact[] {
  if (state.status === 'absent') {
    const { organization_id, import_type, album_id, params, redacted } = command;
    return [
      { type: 'ImportRequested', data: { organization_id, import_type, album_id, params, redacted: [...redacted] } },
    ];
  }
  if (isSameRequest(state.request, command)) return [];
  throw new CommandRefused(
    'request_differs',
    'This import was requested with other parameters. Send the same parameters again, or choose a new key.',
  );
}

function start(command: Extract<ImportCommand, { type: 'StartImport' }>, state: There): Fact[] {
  const { worker, nowMs, deadlineMs, lostClaim, performed } = command;
  const { album_id } = state.request;
  if (!isPerformed(state, performed)) {
    throw new CommandRefused('import_not_performed', 'The import was not asked for here: an operator may ask for it.');
  }
  if (state.status === 'running') {
    if (state.claim !== lostClaim) throw claimed(state);
    if (state.lost + 1 >= MOST_LOST) {
      const why = {
        reason: 'worker_lost',
        detail: `${MOST_LOST} workers in a row did not come to an end of it.`,
      } as const;
      return [{ type: 'ImportFailed', data: { album_id, attempt: state.attempts, ...why, calls: [] } }];
    }
  } else if (state.status !== 'waiting') {
    throw ended(state, 'nobody works on it');
  } else if (nowMs < state.notBeforeMs) {
    throw new CommandRefused('import_not_due', `The import is not to be tried before ${timeText(state.notBeforeMs)}.`);
  }
  const data = { album_id, attempt: state.attempts + 1, worker, deadline: timeText(deadlineMs) };
  return [{ type: 'ImportStarted', data }];
}

function failAttempt(command: Extract<ImportCommand, { type: 'FailAttempt' }>, state: Running): Fact[] {
  const { reason, detail, nowMs, random, retryAfterMs = 0 } = command;
  const { album_id } = state.request;
  const calls = [...command.calls];
  const course = COURSE_OF[reason];
  const attempt = course === 'waits' ? state.attempts - 1 : state.attempts;
  const data = { album_id, attempt, reason, detail, calls };
  const end: Fact = { type: 'ImportFailed', data };
  if (course === 'permanent') return [end];
  const before = course === 'waits' ? state.waits : state.failed;
  const notBeforeMs = nowMs + Math.max(delayMs(course, before + 1, random), retryAfterMs);
  if (notBeforeMs > state.askedAtMs + IMPORT_LIFETIME_MS) return [end];
  return [{ type: 'ImportRetryScheduled', data: { ...data, not_before: timeText(notBeforeMs) } }];
}

function isPerformed({ log, position }: Asked, performed: Performed): boolean {
  return log === performed.log && position > performed.after;
}

/** @throws {CommandRefused} somebody else has claimed it since, or it has ended */
function assertClaimed(state: There, claim: number): Running {
  if (state.status === 'running' && state.claim === claim) return state;
  throw claimed(state);
}

function claimed({ status }: There): CommandRefused {
  const message = 'The claim is over: somebody else has the import, or it has ended.';
  return new CommandRefused('import_claimed', message, status);
}

function ended({ status }: There, so: string): CommandRefused {
  const how = status === 'cancelled' ? 'was cancelled' : `has ${status}`;
  return new CommandRefused('import_ended', `The import ${how}: ${so}.`, status);
}

/** The parts of a state that stay. */
function askedIn({
  request,
  askedAtMs,
  log,
  position,
  attempts,
  failed,
  lost,
  givenBack,
  waits,
  retries,
}: There): Asked {
  return { request, askedAtMs, log, position, attempts, failed, lost, givenBack, waits, retries };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
