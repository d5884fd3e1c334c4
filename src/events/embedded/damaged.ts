import { LogDamaged } from '../errors.ts';

const WHAT_TO_DO =
  'Stop the service, keep the file (and its -wal file) for inspection, and restore a backup (imports restore), or what is sound (imports salvage).';

/** The error for a damaged log. It says which file, what was found, that nothing was changed, and what to do. */
export function damaged(
  file: string,
  found: string,
  cause?: unknown,
  whatToDo = WHAT_TO_DO,
  position: bigint | null = null,
): LogDamaged {
  const message = `The event log ${file} cannot be trusted: ${found}. Nothing was changed. ${whatToDo}`;
  return new LogDamaged(message, cause, position);
}

/** The same for one event, the first that cannot be read. */
export function damagedAt(file: string, position: bigint, found: string, cause?: unknown): LogDamaged {
  return damaged(file, found, cause, WHAT_TO_DO, position);
}
