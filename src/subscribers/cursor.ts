import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { parse as bytesOfUuid, NIL, stringify as uuidOf } from 'uuid';
import type { Key } from '../tokens/key.ts';
import type { Keys } from '../tokens/keys.ts';
import type { Place } from './place.ts';

/** Whose events a cursor is among: an organization, or, for operators, all (null). */
export type Scope = string | null;

/** What a cursor says. */
export interface Cursor {
  readonly place: Place;
  readonly scope: Scope;
}

/** The first byte. After it comes the fingerprint of the key. */
const FORMAT = 2;
/** As releases before 0.3 made them: without the fingerprint. */
const WITHOUT_KEY = 1;
const FINGERPRINT_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Where the parts of the text that is encrypted are: log, scope, event id, position, revision; then the name of the stream. */
const AT = { log: 0, scope: 16, event: 32, position: 48, revision: 56, stream: 60 } as const;

/** The name of a stream is filled up with zeros: the length would tell of what kind the events of others are. */
const STREAM_BYTES = 48;

/** Cursors as text. They are encrypted, since positions tell of the traffic of others. */
export class Cursors {
  readonly #head: Buffer;
  /** By the fingerprint of the key from which they are derived. */
  readonly #encrypting: ReadonlyMap<string, KeyObject>;
  readonly #newest: KeyObject;
  readonly #oldest: string;
  readonly #nonces: KeyObject;

  /** @param keys the newest makes cursors, all are read */
  constructor({ all, newest, oldest }: Keys) {
    const encrypting = (key: Key) => keyFor(key, 'encrypts');
    this.#head = Buffer.concat([Buffer.of(FORMAT), Buffer.from(newest.fingerprint, 'hex')]);
    this.#encrypting = new Map(all.map((key) => [key.fingerprint, encrypting(key)]));
    this.#newest = encrypting(newest);
    this.#oldest = oldest;
    this.#nonces = keyFor(newest, 'fingerprint');
  }

  /**
   * The text of the cursor after one of the reader's own events: base64url, 194 characters. The same place has the same text each time: the
   * nonce is a fingerprint of what is encrypted.
   */
  textOf(place: Place, scope: Scope): string {
    const plain = plainOf(place, scope);
    return this.#sealed(plain, createHmac('sha256', this.#nonces).update(plain).digest().subarray(0, NONCE_BYTES));
  }

  /**
   * The text of the cursor at any place, another one each time: a reader whose cursor moves with the events of others must not be able to
   * see when it does.
   */
  freshTextOf(place: Place, scope: Scope): string {
    return this.#sealed(plainOf(place, scope), randomBytes(NONCE_BYTES));
  }

  #sealed(plain: Buffer, nonce: Buffer): string {
    const cipher = createCipheriv('aes-256-gcm', this.#newest, nonce);
    const sealed = [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat([this.#head, nonce, ...sealed]).toString('base64url');
  }

  /** What a cursor says; null: the text is no cursor of ours. */
  read(text: string): Cursor | null {
    const bytes = Buffer.from(text, 'base64url');
    // Other spellings of the same bytes are refused: a cursor is used as it was given.
    if (bytes.toString('base64url') !== text) return null;
    const headBytes = bytes[0] === FORMAT ? 1 + FINGERPRINT_BYTES : 1;
    if (![FORMAT, WITHOUT_KEY].includes(bytes[0] ?? 0)) return null;
    if (bytes.length < headBytes + NONCE_BYTES + AT.stream + TAG_BYTES) return null;
    const fingerprint = bytes[0] === FORMAT ? bytes.toString('hex', 1, headBytes) : this.#oldest;
    const plain = openedWith(this.#encrypting.get(fingerprint), bytes.subarray(headBytes));
    if (plain === null) return null;
    const uuidAt = (start: number) => uuidOf(plain.subarray(start, start + 16));
    const [scope, event, stream] = [
      uuidAt(AT.scope),
      uuidAt(AT.event),
      plain.toString('utf8', AT.stream).replaceAll('\0', ''),
    ];
    const revision = plain.readUInt32BE(AT.revision);
    return {
      place: {
        log: uuidAt(AT.log),
        position: plain.readBigUInt64BE(AT.position),
        event: event === NIL ? null : { id: event, stream, revision },
      },
      scope: scope === NIL ? null : scope,
    };
  }
}

/** Null: the key is not ours, or the text was not made with it. */
function openedWith(key: KeyObject | undefined, sealed: Buffer): Buffer | null {
  if (key === undefined) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}

/** One of the two keys for cursors. */
function keyFor(key: Key, purpose: 'encrypts' | 'fingerprint'): KeyObject {
  return createSecretKey(createHmac('sha256', key.derived('cursors')).update(purpose).digest());
}

function plainOf({ log, position, event }: Place, scope: Scope): Buffer {
  const plain = Buffer.alloc(AT.stream + Math.max(STREAM_BYTES, Buffer.byteLength(event?.stream ?? '')));
  plain.set(bytesOfUuid(log), AT.log);
  plain.set(bytesOfUuid(scope ?? NIL), AT.scope);
  plain.set(bytesOfUuid(event?.id ?? NIL), AT.event);
  plain.writeBigUInt64BE(position, AT.position);
  plain.writeUInt32BE(event?.revision ?? 0, AT.revision);
  plain.write(event?.stream ?? '', AT.stream);
  return plain;
}
