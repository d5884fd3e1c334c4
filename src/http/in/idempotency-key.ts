import { malformed } from '../out/problem.ts';

const LONGEST = 255;

/**
 * The request's idempotency key; null if none was sent.
 * @throws {Problem} 400 for an empty key or one of over 255 characters
 */
export function idempotencyKeyOf(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  const key = String(header).trim();
  if (key.length === 0 || key.length > LONGEST) {
    throw malformed(`Idempotency-Key must have 1 to ${LONGEST} characters, such as a new UUID for each import.`);
  }
  return key;
}
