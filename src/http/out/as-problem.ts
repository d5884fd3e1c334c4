import { CommandRefused, type RefusalCode } from '../../commands/command-refused.ts';
import {
  AppendTooLarge,
  LogDamaged,
  LogUnavailable,
  StreamDeleted,
  WrongExpectedRevision,
} from '../../events/errors.ts';
import { StorageUnavailable } from '../../importer/blobs/blob-store.ts';
import { SealedUnavailable } from '../../importer/sealed/sealed-store.ts';
import { ReadModelUnavailable } from '../../projections/errors.ts';
import { DeliveriesUnavailable } from '../../subscribers/webhooks/delivery-store.ts';
import { BadParameters } from '../in/params/bad-parameters.ts';
import {
  conflict,
  deleted,
  internalError,
  keyReused,
  malformed,
  noSuchImport,
  noSuchWebhook,
  Problem,
  preconditionFailed,
  recordTooLarge,
  unavailable,
  unsupportedMediaType,
} from './problem.ts';

/** The problem for each refusal of a command. A new refusal does not compile before it has one. */
const REFUSALS: Readonly<Record<RefusalCode, (refused: CommandRefused) => Problem>> = {
  request_differs: ({ message }) => keyReused(message),
  import_unknown: noSuchImport,
  import_claimed: importConflict,
  import_ended: importConflict,
  import_not_due: importConflict,
  import_not_performed: importConflict,
  import_changed: ({ message }) => preconditionFailed(message),
  user_differs: internalError,
  user_unknown: internalError,
  secret_exists: internalError,
  secret_unknown: internalError,
  replay_ended: internalError,
  replay_unknown: internalError,
  connection_unknown: internalError,
  webhook_exists: internalError,
  webhook_unknown: noSuchWebhook,
  webhook_disabled: ({ message }) => conflict(message),
};

function importConflict({ message, importStatus }: CommandRefused): Problem {
  return conflict(message, importStatus);
}

/** The problem for any error: the one table from inner errors to answers. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BadParameters) {
    return error.status === 415 ? unsupportedMediaType(error.message) : malformed(error.message);
  }
  if (error instanceof CommandRefused) return REFUSALS[error.code](error);
  if (error instanceof LogUnavailable || error instanceof WrongExpectedRevision) {
    const detail =
      'The event log cannot be reached or written just now. Whether a POST was recorded is unknown: ' +
      'send it again, with an Idempotency-Key to be sure that it is recorded once.';
    return unavailable('log-unavailable', detail, error);
  }
  if (error instanceof AppendTooLarge) return recordTooLarge(error.limitBytes, error);
  if (error instanceof StreamDeleted) return deleted(error);
  if (error instanceof LogDamaged) {
    return unavailable(
      'log-unavailable',
      'The event log needs its operators. Try again later. Send a POST with an Idempotency-Key.',
      error,
    );
  }
  if (error instanceof ReadModelUnavailable) {
    return unavailable('read-model-unavailable', 'Imports and webhooks cannot be read just now. Try again.', error);
  }
  if (error instanceof DeliveriesUnavailable) {
    return unavailable(
      'deliveries-unavailable',
      'The deliveries of webhooks cannot be read just now. Try again.',
      error,
    );
  }
  if (error instanceof StorageUnavailable) {
    return unavailable('storage-unavailable', 'The bytes of images cannot be read or kept just now. Try again.', error);
  }
  if (error instanceof SealedUnavailable) {
    return unavailable(
      'credentials-unavailable',
      'The credentials in this request cannot be kept just now, so nothing was recorded. Try again.',
      error,
    );
  }
  return internalError(error);
}
