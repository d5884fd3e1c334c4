import { deflateRawSync } from 'node:zlib';

/** A secret that can be compressed to less is weak: 16 random bytes in hexadecimal always take 29 or more. */
const LEAST_BYTES = 26;

/** Long and not repetitive, but known to everybody: jwt.io shows it. */
const PUBLISHED = ['a-string-secret-at-least-256-bits-long'];

/** Whether a secret of enough bytes can be guessed: few characters, a repeated pattern, a row (`abcdef…`), an example. */
export function isWeakSecret(secret: string): boolean {
  const bytes = Buffer.from(secret);
  const steps = bytes.map((byte, index) => byte - (bytes[index - 1] ?? 0));
  return PUBLISHED.includes(secret) || [bytes, steps].some((text) => deflateRawSync(text).length < LEAST_BYTES);
}
