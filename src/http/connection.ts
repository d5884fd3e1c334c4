import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** So much of what a caller still sends after the last answer on its connection is read and thrown away. */
const LINGER_BYTES = 16 * 1_048_576;

/** So many requests of one connection may wait for the answers to those before them. */
export const MOST_WAITING = 64;

/** Of a stream that is destroyed by its error: there is nothing more to do, and without a listener it would be the process's end. */
const ignore = () => {};

let turn = 0;
let isTurnCounted = false;

/** A number that is the same within one turn of the event loop, and another one in each other turn. */
function turnOfLoop(): number {
  if (!isTurnCounted) {
    isTurnCounted = true;
    turn += 1;
    setImmediate(() => {
      isTurnCounted = false;
    });
  }
  return turn;
}

/** A caller's connection, for as long as its socket lives, also after Node's HTTP code has let go of it (CONNECT). */
export class Connection {
  readonly #socket: Socket;
  readonly #lingerMs: number;
  /** The answer to the newest request, until it is sent or given up. */
  #newest: ServerResponse | null = null;
  /** How many requests are not begun yet. */
  #waiting = 0;
  /** Of the newest that was begun; -1: none was. */
  #begunInTurn = -1;
  #isReading = true;
  #isClosing = false;
  #isFull = false;

  /**
   * @param lingerMs for how long what a caller still sends is thrown away at the end: a connection that is closed with
   *   unread bytes is reset, and the caller may lose the answer that is on its way
   */
  constructor(socket: Socket, lingerMs: number) {
    this.#socket = socket;
    this.#lingerMs = lingerMs;
    // Node itself listens for them only until a CONNECT.
    socket.on('error', ignore);
    // Node calls it after the last answer of a connection, and it would close at once.
    socket.destroySoon = () => this.#close();
  }

  /**
   * A request was read up to its body. It is begun once those before it are answered: who sends thousands in one piece has
   * them done one by one, in turn with what comes from others.
   * @param tooMany the last answer of the connection, where more than `MOST_WAITING` wait: the rest is thrown away
   */
  take(answer: ServerResponse, begin: () => void, tooMany: () => string): void {
    if (this.#isFull) return;
    if (this.#waiting === MOST_WAITING) {
      this.#isFull = true;
      // Later: the parser is still at the piece that this request came in.
      process.nextTick(() => this.answerLast(tooMany));
      return;
    }
    const before = this.#newest;
    this.#newest = answer;
    answer.on('close', this.#forget);
    answer.on('error', ignore);
    answer.req.on('error', ignore);
    // Node works on promises between two requests of one piece, so that one may be answered before the next one is read.
    if (before === null && this.#begunInTurn !== turnOfLoop()) {
      this.#begin(begin);
      return;
    }
    this.#waiting += 1;
    const next = () => {
      this.#waiting -= 1;
      if (!this.#isClosing && this.#socket.writable) this.#begin(begin);
    };
    // In a later turn of the event loop: those that are answered at once would have all of theirs in one.
    if (before === null) setImmediate(next);
    else before.once('close', () => setImmediate(next));
  }

  #begin(begin: () => void): void {
    this.#begunInTurn = turnOfLoop();
    begin();
  }

  readonly #forget = () => {
    if (this.#newest?.closed) this.#newest = null;
  };

  /** The answer to a request of which not all is there yet; null where there is none. */
  get unfinished(): ServerResponse | null {
    return this.#newest?.req.complete === false ? this.#newest : null;
  }

  /** Whether the last answer is on its way, or was given already. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Reads no further request: what still comes is thrown away. */
  stopReading(): void {
    if (!this.#isReading) return;
    this.#isReading = false;
    if (!this.#socket.isPaused()) {
      this.#throwAway();
      return;
    }
    // Where Node stopped reading the socket, it must be Node that starts it again.
    this.#socket.once('resume', () => this.#throwAway());
    this.#socket.resume();
  }

  #throwAway(): void {
    let left = LINGER_BYTES;
    // This takes the connection away from Node's parser, which reads it by itself or by that listener.
    this.#socket.removeAllListeners('data');
    this.#socket.on('data', ({ length }: Buffer) => {
      left -= length;
      if (left < 0) this.#socket.destroy();
    });
  }

  /** Sends the last answer of the connection, once those to the requests before it are sent, and closes. */
  answerLast(text: () => string): void {
    this.stopReading();
    if (this.#newest !== null) {
      this.#newest.once('close', () => this.answerLast(text));
      return;
    }
    if (this.#isClosing || !this.#socket.writable) return;
    this.#socket.write(text());
    this.#close();
  }

  #close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.stopReading();
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), this.#lingerMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }
}
