import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { parse as bytesOfUuid, NIL, stringify as uuidOf } from 'uuid';
import type { Place } from './place.ts';

/** Whose events a cursor is among: an organization, or, for operators, all (null). */
export type Scope = string | null;

/** What a cursor says. */
export interface Cursor {
  readonly place: Place;
  readonly scope: Scope;
}

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Where the parts of the text that is encrypted are: log, scope, event id, position, revision; then the name of the stream. */
const AT = { log: 0, scope: 16, event: 32, position: 48, revision: 56, stream: 60 } as const;

/** The name of a stream is filled up with zeros: the length would tell of what kind the events of others are. */
const STREAM_BYTES = 48;

/** Cursors as text. They are encrypted, since positions tell of the traffic of others. */
export class Cursors {
  readonly #key: KeyObject;
  readonly #fingerprint: KeyObject;

  /** @param secret 32 bytes; with other ones, no cursor can be read that was given before */
  constructor(secret: Buffer) {
    this.#key = createSecretKey(createHmac('sha256', secret).update('encrypts').digest());
    this.#fingerprint = createSecretKey(createHmac('sha256', secret).update('fingerprint').digest());
  }

  /**
   * The text of the cursor after one of the reader's own events: base64url, 183 characters. The same place has the same text each time: the
   * nonce is a fingerprint of what is encrypted.
   */
  textOf(place: Place, scope: Scope): string {
    const plain = plainOf(place, scope);
    return this.#sealed(plain, createHmac('sha256', this.#fingerprint).update(plain).digest().subarray(0, NONCE_BYTES));
  }

  /**
   * The text of the cursor at any place, another one each time: a reader whose cursor moves with the events of others must not be able to
   * see when it does.
   */
  freshTextOf(place: Place, scope: Scope): string {
    return this.#sealed(plainOf(place, scope), randomBytes(NONCE_BYTES));
  }

  #sealed(plain: Buffer, nonce: Buffer): string {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    const sealed = [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat([Buffer.of(FORMAT), nonce, ...sealed]).toString('base64url');
  }

  /** What a cursor says; null: the text is no cursor of ours. */
  read(text: string): Cursor | null {
    const bytes = Buffer.from(text, 'base64url');
    // Other spellings of the same bytes are refused: a cursor is used as it was given.
    if (bytes.length < 1 + NONCE_BYTES + AT.stream + TAG_BYTES || bytes.toString('base64url') !== text) return null;
    if (bytes[0] !== FORMAT) return null;
    const plain = this.#opened(bytes.subarray(1));
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

  #opened(sealed: Buffer): Buffer | null {
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      return null;
    }
  }
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
