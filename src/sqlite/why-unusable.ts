import { dirname } from 'node:path';
import { codeOf } from '../errors/code-of.ts';
import { reasonOf } from '../errors/reason-of.ts';
import { accessTrouble } from '../machine/access-trouble.ts';
import { isCannotOpen, isFull, isReadOnlyTrouble } from './errors.ts';

/**
 * Why a database cannot be used. SQLite does not say which of its files it means, who owns it, or which disk is full.
 * @param files all files that are needed, also those beside the database
 */
export function whyUnusable(error: unknown, files: readonly string[], isReadOnly = false): string {
  const [database = ''] = files;
  if (isOfRoom(error)) return `no room is left in ${dirname(database)}: make room there (${reasonOf(error)})`;
  const trouble = isOfRights(error) ? accessTrouble(files, isReadOnly) : null;
  return trouble ?? reasonOf(error);
}

/** A database, and the files that SQLite puts beside it. */
export function filesOf(database: string): string[] {
  return [database, `${database}-wal`, `${database}-shm`, `${database}-journal`];
}

function isOfRoom(error: unknown): boolean {
  if (isFull(error) || ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')) return true;
  return error instanceof Error && error.cause !== undefined && isOfRoom(error.cause);
}

function isOfRights(error: unknown): boolean {
  if (isCannotOpen(error) || isReadOnlyTrouble(error) || ['EACCES', 'EPERM'].includes(codeOf(error) ?? '')) return true;
  return error instanceof Error && error.cause !== undefined && isOfRights(error.cause);
}
