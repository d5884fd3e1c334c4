import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Key } from '../../tokens/key.ts';
import { KeyMissing, type Keys } from '../../tokens/keys.ts';

/**
 * Seals bytes with AES-256-GCM. What is sealed is, in this order: the version of this form, a fingerprint of the key that all keys derive
 * from, a random nonce, what was encrypted, and the tag. The key is derived for the id; the id and what stands before the nonce are
 * authenticated, too. The length of the content shows.
 */

const CIPHER = 'aes-256-gcm';
const VERSION = 1;
const FINGERPRINT_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + FINGERPRINT_BYTES;

/** What was sealed cannot be opened. The message says why, and nothing of the content. */
export class CannotOpen extends Error {
  readonly code = 'cannot_open';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'CannotOpen';
  }
}

/** Seals bytes for one id with the newest key. The same bytes are sealed differently each time. */
export function sealed({ newest: key }: Keys, id: string, content: Uint8Array): Buffer {
  const head = Buffer.concat([Buffer.of(VERSION), Buffer.from(key.fingerprint, 'hex')]);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyFor(key, id), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.concat([head, Buffer.from(id)]));
  const encrypted = [cipher.update(content), cipher.final()];
  return Buffer.concat([head, nonce, ...encrypted, cipher.getAuthTag()]);
}

/** The bytes that were sealed for the id. @throws {CannotOpen} with another key, for another id, by a newer release, or they are damaged */
export function opened(keys: Keys, id: string, bytes: Uint8Array): Buffer {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.length < HEAD_BYTES + NONCE_BYTES + TAG_BYTES) throw new CannotOpen('It is damaged.');
  if (all[0] !== VERSION) throw new CannotOpen('It was sealed by another release, or it is damaged.');
  const head = all.subarray(0, HEAD_BYTES);
  const key = keyOf(keys, head.toString('hex', 1));
  const nonce = all.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, keyFor(key, id), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.concat([head, Buffer.from(id)]));
  decipher.setAuthTag(all.subarray(-TAG_BYTES));
  const encrypted = all.subarray(HEAD_BYTES + NONCE_BYTES, -TAG_BYTES);
  try {
    return Buffer.concat([decipher.update(encrypted), decipher.final()]);
  } catch (error) {
    throw new CannotOpen('It is damaged, or was sealed for something else.', error);
  }
}

/** The fingerprint of the key with which something was sealed; null: it is damaged. */
export function sealedWith(bytes: Uint8Array): string | null {
  return bytes.length < HEAD_BYTES ? null : Buffer.from(bytes.subarray(1, HEAD_BYTES)).toString('hex');
}

function keyOf(keys: Keys, fingerprint: string): Key {
  try {
    return keys.of(fingerprint);
  } catch (error) {
    if (error instanceof KeyMissing) throw new CannotOpen(error.message, error);
    throw error;
  }
}

function keyFor(key: Key, id: string): Buffer {
  return key.derived(`sealed ${id}`);
}
