import type { KeyObject } from 'node:crypto';
import { Key } from './key.ts';

/** The shortest key, in bytes. */
export const LEAST_KEY_BYTES = 32;

/**
 * The keys in the text of `JWT_SECRET`, newest first: several with commas between them, if each has at least 32 bytes. Else the text is one
 * key, which may be too short. White space after a comma is not part of a key. Any other is: a key that has some at its end is the same alone.
 */
export function keysIn(text: string): string[] {
  const parts = [...new Set(text.split(/,\s*/))];
  return parts.length > 1 && parts.every((part) => Buffer.byteLength(part) >= LEAST_KEY_BYTES) ? parts : [text];
}

/** Something hangs on a key that is not configured. The message says what to do. */
export class KeyMissing extends Error {
  readonly code = 'key_missing';

  constructor(fingerprint: string) {
    super(
      `It was made with the key ${fingerprint}, which JWT_SECRET does not have: add that key at the end of JWT_SECRET, after a comma (npx imports keys list shows all)`,
    );
    this.name = 'KeyMissing';
  }
}

/** The keys of the service, newest first: the first one signs, derives and seals; what the others made is accepted. */
export class Keys {
  readonly all: readonly Key[];
  /** The fingerprint of the key that made what does not say its key: releases before 0.3 made that. */
  readonly oldest: string;

  /**
   * @param keys newest first, each of at least 32 bytes if it is text; one or more
   * @param oldest a fingerprint; the last key's unless set
   */
  constructor(keys: string | readonly (string | Key)[], oldest?: string) {
    this.all = [keys].flat().map((key) => (typeof key === 'string' ? new Key(key) : key));
    this.oldest = oldest ?? (this.all.at(-1) as Key).fingerprint;
  }

  get newest(): Key {
    return this.all[0] as Key;
  }

  /** Signs session tokens. */
  get session(): KeyObject {
    return this.newest.session;
  }

  /** The secret with this id, if it is issued now. */
  secret(secretId: string): string {
    return this.newest.secret(secretId);
  }

  /** Whether the key with this fingerprint is configured. @param fingerprint null: of what does not say its key */
  has(fingerprint: string | null): boolean {
    return this.#find(fingerprint) !== undefined;
  }

  /** @param fingerprint of what hangs on the key; null: it does not say @throws {KeyMissing} */
  of(fingerprint: string | null): Key {
    const key = this.#find(fingerprint);
    if (key === undefined) throw new KeyMissing(fingerprint ?? this.oldest);
    return key;
  }

  #find(fingerprint: string | null): Key | undefined {
    const sought = fingerprint ?? this.oldest;
    return this.all.find((key) => key.fingerprint === sought);
  }
}
