import { LogDamaged } from '../errors.ts';

/** The error for a damaged log. It says which file, what was found, that nothing was changed, and what to do. */
export function damaged(
  file: string,
  found: string,
  cause?: unknown,
  whatToDo = 'Stop the service, keep the file (and its -wal file) for inspection, and restore a backup (imports restore), or what is sound (imports salvage).',
): LogDamaged {
  return new LogDamaged(`The event log ${file} cannot be trusted: ${found}. Nothing was changed. ${whatToDo}`, cause);
}
