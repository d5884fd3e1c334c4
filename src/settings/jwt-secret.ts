import { randomBytes } from 'node:crypto';
import { linkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BadConfig } from '../errors/bad-config.ts';
import { codeOf } from '../errors/code-of.ts';
import { reasonOf } from '../errors/reason-of.ts';
import { accessTrouble } from '../machine/access-trouble.ts';
import { readSecretFile } from '../machine/too-open.ts';
import type { Config } from './config.ts';
import { enterDataDirectory } from './data-directory.ts';

/**
 * The texts of the keys, newest first: those in `JWT_SECRET`, or in development the one in `DATA_DIR/jwt_secret` (mode 0600), which is made if it is missing.
 * @param isMade whether a missing one is made
 * @throws {BadConfig} the kept one is too short to be ours, or is missing and not made
 */
export function jwtSecrets(config: Config, isMade = true): readonly string[] {
  if (config.jwtSecrets !== null) return config.jwtSecrets;
  enterDataDirectory(config.dataDir, isMade);
  const file = join(config.dataDir, 'jwt_secret');
  const kept = read(file) ?? (isMade ? make(file) : null);
  if (kept === null) {
    throw new BadConfig([`JWT_SECRET is not set, and ${file} is not there: set JWT_SECRET to that of the service`]);
  }
  if (Buffer.byteLength(kept) < 32)
    throw new BadConfig([`${file} holds less than 32 bytes: delete it, or set JWT_SECRET`]);
  return [kept];
}

function read(file: string): string | null {
  try {
    return readSecretFile(file).trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw unusable(file, error);
  }
}

/** A link appears whole and never replaces another file, so two first starts at once agree on one secret. */
function make(file: string): string {
  try {
    return makeOnce(file);
  } catch (error) {
    throw unusable(file, error);
  }
}

function unusable(file: string, error: unknown): Error {
  return new BadConfig([`${file} cannot be used: ${accessTrouble([file]) ?? reasonOf(error)}`]);
}

function makeOnce(file: string): string {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${randomBytes(48).toString('base64url')}\n`, { mode: 0o600 });
  try {
    linkSync(unfinished, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(unfinished);
  }
  return readSecretFile(file).trim();
}
