import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Stretch } from '../../../subscribers/feed/feed.ts';
import type { Place } from '../../../subscribers/place.ts';
import type { Piece } from '../../out/event-stream.ts';

/** In milliseconds. */
export interface StreamTimes {
  /** While nothing is sent, a heartbeat is: proxies cut connections that are idle for longer. */
  readonly heartbeatMs: number;
  /** The reader's rights are looked at this often. */
  readonly lookMs: number;
  /** If the reader takes longer for a piece, the pieces after it are let go of, and read again later. */
  readonly patienceMs: number;
  /** Without progress for so long, the connection is closed. */
  readonly stuckMs: number;
  /** After the log could not be read, it is tried again. */
  readonly pauseMs: number;
}

const TIMES: StreamTimes = { heartbeatMs: 15_000, lookMs: 300, patienceMs: 1_000, stuckMs: 90_000, pauseMs: 500 };

/** In bytes. A large piece is written in parts, so that a slow reader's progress is seen. */
const PART_BYTES = 65_536;

export interface LiveStream {
  readonly response: ServerResponse;
  /** Where to begin. */
  readonly from: Place;
  /** What comes after a place: waits for it at most `waitMs`. */
  readonly read: (after: Place, waitMs: number, signal: AbortSignal) => Promise<Stretch>;
  readonly piecesOf: (stretch: Stretch) => Iterable<Piece>;
  readonly heartbeat: (place: Place) => string;
  /** Counts bytes as held until the function that it gives is called; null: there is no memory for them. */
  readonly hold: (bytes: number) => (() => void) | null;
  /** Whether the reader may go on. */
  readonly mayGoOn: () => Promise<boolean>;
  /** When it may not go on in any case, in milliseconds since 1970. */
  readonly endsAtMs: number;
  /** Aborts when the reader has gone, or when the stream must end. */
  readonly signal: AbortSignal;
}

/**
 * Sends events as they come, until the reader goes, may not go on, or takes nothing for 90 s. Never more than one piece is unsent: a slow
 * reader takes no further memory.
 */
export async function sendLive(stream: LiveStream, times = TIMES): Promise<void> {
  const { response } = stream;
  // The stream itself sees whether the reader makes progress. For a socket, bytes that a reader sends would be progress, too.
  response.socket?.setTimeout(0);
  const sending = new Sending(stream, times);
  try {
    await sending.run();
  } finally {
    sending.release();
    response.end();
    // A reader that is stuck does not take the end either.
    const cut = setTimeout(() => response.destroy(), times.patienceMs);
    response.once('close', () => clearTimeout(cut));
    if (response.closed) clearTimeout(cut);
  }
}

/** A piece of which a part may be written. */
interface Begun {
  readonly piece: Piece;
  writtenBytes: number;
  readonly release: () => void;
}

/** Pieces of which none is begun, and where the reader is after them. */
interface Pieces {
  readonly left: Iterator<Piece>;
  readonly end: Place;
}

class Sending {
  readonly #stream: LiveStream;
  readonly #times: StreamTimes;
  /** Everything up to here was written. */
  #place: Place;
  /** What is to be written: the rest of a piece, then more pieces. */
  #begun: Begun | null = null;
  #next: Pieces | null = null;
  #wroteAtMs = Number.NEGATIVE_INFINITY;

  constructor(stream: LiveStream, times: StreamTimes) {
    this.#stream = stream;
    this.#times = times;
    this.#place = stream.from;
  }

  async run(): Promise<void> {
    const { response, signal } = this.#stream;
    let goesOn = true;
    while (goesOn && !signal.aborted) {
      if (response.writableNeedDrain) goesOn = await this.#waitForReader();
      else if (this.#begun !== null) goesOn = await this.#writePart(this.#begun);
      else if (this.#next !== null) goesOn = this.#beginPiece(this.#next);
      else goesOn = await this.#read();
    }
  }

  /** Lets go of the memory. */
  release(): void {
    this.#begun?.release();
    this.#begun = null;
  }

  /** A chunk for which the response asked to wait was taken over: it is not written again. */
  async #waitForReader(): Promise<boolean> {
    const { response, signal, mayGoOn } = this.#stream;
    const waitedMs = performance.now() - this.#wroteAtMs;
    if (waitedMs >= this.#times.stuckMs) return false;
    if (waitedMs >= this.#times.patienceMs) this.#next = null;
    await drained(response, this.#lookInMs(), signal);
    return mayGoOn();
  }

  async #writePart(begun: Begun): Promise<boolean> {
    const { piece } = begun;
    // Only now was the last part taken, of which the socket holds the whole piece.
    if (begun.writtenBytes === piece.bytes.length) {
      this.release();
      return true;
    }
    const part = piece.bytes.subarray(begun.writtenBytes, begun.writtenBytes + PART_BYTES);
    begun.writtenBytes += part.length;
    if (begun.writtenBytes === piece.bytes.length) this.#place = piece.after;
    this.#write(part);
    // To make pieces takes time, and a reader that is quick never makes it wait.
    await nextTurn();
    return true;
  }

  #beginPiece({ left, end }: Pieces): boolean {
    const { value: piece, done } = left.next();
    if (done) {
      this.#place = end;
      this.#next = null;
      return true;
    }
    const release = this.#stream.hold(piece.bytes.length);
    if (release === null) return false;
    this.#begun = { piece, writtenBytes: 0, release };
    return true;
  }

  async #read(): Promise<boolean> {
    const { read, piecesOf, heartbeat, mayGoOn, signal } = this.#stream;
    const { heartbeatMs, pauseMs } = this.#times;
    // The first one at once, so that the reader has a place even if no event ever comes.
    if (performance.now() - this.#wroteAtMs >= heartbeatMs) this.#write(heartbeat(this.#place));
    const dueInMs = this.#wroteAtMs + heartbeatMs - performance.now();
    const waitMs = Math.min(this.#lookInMs(), Math.max(0, dueInMs));
    const stretch = await read(this.#place, waitMs, signal).catch(async () => {
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      return null;
    });
    if (stretch !== null) this.#next = { left: piecesOf(stretch)[Symbol.iterator](), end: stretch.to };
    return mayGoOn();
  }

  #write(chunk: Buffer | string): void {
    this.#stream.response.write(chunk);
    this.#wroteAtMs = performance.now();
  }

  #lookInMs(): number {
    return Math.max(0, Math.min(this.#times.lookMs, this.#stream.endsAtMs - Date.now()));
  }
}

/** Waits until the reader has taken what was written, for at most `timeoutMs`. */
function drained(response: ServerResponse, timeoutMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timeoutMs);
    response.on('drain', done);
    // A connection that is closed never drains.
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
