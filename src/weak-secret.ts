import { deflateRawSync } from 'node:zlib';

/** What can be compressed to less is weak: 16 random bytes in hexadecimal take 29 and more, however they come out. */
const LEAST_BYTES = 26;

/** Long enough and not repetitive, but known to everybody: the one that jwt.io shows. */
const PUBLISHED = ['a-string-secret-at-least-256-bits-long'];

/** Whether a secret of enough bytes can be guessed all the same: few characters, a pattern that repeats, a row (`abcdef…`), an example. */
export function isWeakSecret(secret: string): boolean {
  const bytes = Buffer.from(secret);
  const steps = bytes.map((byte, index) => byte - (bytes[index - 1] ?? 0));
  return PUBLISHED.includes(secret) || [bytes, steps].some((text) => deflateRawSync(text).length < LEAST_BYTES);
}
