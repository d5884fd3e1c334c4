import { CommanderError } from 'commander';
import { CommandRefused, type RefusalCode } from '../commands/command-refused.ts';
import { codeOf } from '../errors/code-of.ts';
import { LogUnavailable } from '../events/errors.ts';
import { StorageUnavailable } from '../importer/blobs/blob-store.ts';
import { SealedUnavailable } from '../importer/sealed/sealed-store.ts';
import { BackupUnavailable } from '../operations/backup/backup-place.ts';
import { ReadModelUnavailable } from '../projections/errors.ts';
import { DeliveriesUnavailable } from '../subscribers/webhooks/delivery-store.ts';

/** The exit codes, for scripts. docs/cli.md and `--help` list them. */
export const exitCodes = {
  done: 0,
  failed: 1,
  wrongUsage: 2,
  differencesFound: 3,
  notFound: 4,
  storeUnavailable: 7,
  /** As shells have it for SIGINT. */
  interrupted: 130,
} as const;

/** The exit codes if an aggregate refuses the command. */
const refusalExitCodes: Readonly<Record<RefusalCode, number>> = {
  request_differs: exitCodes.failed,
  import_unknown: exitCodes.notFound,
  import_claimed: exitCodes.failed,
  import_ended: exitCodes.failed,
  import_changed: exitCodes.failed,
  import_not_due: exitCodes.failed,
  import_not_performed: exitCodes.failed,
  user_differs: exitCodes.failed,
  user_unknown: exitCodes.notFound,
  secret_exists: exitCodes.failed,
  secret_unknown: exitCodes.notFound,
  replay_ended: exitCodes.failed,
  replay_unknown: exitCodes.failed,
  connection_unknown: exitCodes.notFound,
  webhook_exists: exitCodes.failed,
  webhook_unknown: exitCodes.notFound,
  webhook_disabled: exitCodes.failed,
};

/** What was asked for is not there; the message says what was looked for. */
export class NotFound extends Error {
  readonly code = 'not_found';
}

/** What was compared is not equal; the differences are on standard output. */
export class DifferencesFound extends Error {
  readonly code = 'differences_found';
}

/** The person at the terminal pressed Ctrl-C, and what was under way has been finished. */
export class Interrupted extends Error {
  readonly code = 'interrupted';
}

/** Ends with an exit code of the subcommand itself, which has printed everything already. */
export class EndsWith extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`It ends with ${exitCode}.`);
    this.exitCode = exitCode;
  }
}

/** The exit code that an error of a subcommand stands for. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage;
  if (error instanceof EndsWith) return error.exitCode;
  if (error instanceof DifferencesFound) return exitCodes.differencesFound;
  if (error instanceof NotFound) return exitCodes.notFound;
  if (error instanceof CommandRefused) return refusalExitCodes[error.code];
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (isUnavailable(error)) return exitCodes.storeUnavailable;
  // The reader has seen enough (`| head`).
  return isReaderGone(error) ? exitCodes.done : exitCodes.failed;
}

const STORES_AWAY = [
  LogUnavailable,
  ReadModelUnavailable,
  DeliveriesUnavailable,
  StorageUnavailable,
  SealedUnavailable,
  BackupUnavailable,
] as const;

/** Whether a store is away, or something else failed because of that. */
function isUnavailable(error: unknown): boolean {
  const reasons = error instanceof Error ? [error, error.cause] : [];
  return reasons.some((reason) => STORES_AWAY.some((away) => reason instanceof away));
}

/** Whether writing failed because the reader has ended (`| head`). */
export function isReaderGone(error: unknown): boolean {
  return codeOf(error) === 'EPIPE';
}
