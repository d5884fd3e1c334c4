import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** After the last answer on a connection, at most this much of what the caller still sends is read and thrown away. */
const LINGER_BYTES = 16 * 1_048_576;

/** At most this many requests of one connection may wait for the answers to earlier ones. */
export const MOST_WAITING = 64;

/**
 * At most this many requests of all connections may wait or be thrown away, besides one of each. Node keeps them, some 4 kB each, until the
 * answers before theirs are read, and a piece of 64 KiB may have thousands: whoever can connect could take all memory.
 */
export const MOST_HELD_OF_ALL = 4_096;

/** For the errors of a stream, which destroy it. Without a listener, they would end the process. */
const ignore = () => {};

let heldOfAll = 0;

let turn = 0;
let isTurnCounted = false;

/** A number that is different in each turn of the event loop. */
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

/** A caller's connection, for as long as its socket lives, even after Node's HTTP code has released it (CONNECT). */
export class Connection {
  readonly #socket: Socket;
  readonly #lingerMs: number;
  /** The answer to the newest request, until it is sent or abandoned. */
  #newest: ServerResponse | null = null;
  /** How many requests have not begun yet. */
  #waiting = 0;
  /** How many requests Node keeps: those that wait, and those that were thrown away. */
  #held = 0;
  /** The turn in which the newest request began; -1: none has begun. */
  #begunInTurn = -1;
  #isReading = true;
  #isClosing = false;
  #isFull = false;

  /**
   * @param lingerMs for how long the last bytes of a caller are still read and thrown away: a connection that is closed with
   *   unread bytes is reset, and the caller may lose the answer that was sent
   */
  constructor(socket: Socket, lingerMs: number) {
    this.#socket = socket;
    this.#lingerMs = lingerMs;
    // Node itself listens for errors only until a CONNECT.
    socket.on('error', ignore);
    socket.once('close', () => this.#hold(-this.#held));
    // Node calls it after the last answer of a connection. Its own version would close the connection at once.
    socket.destroySoon = () => this.#close();
  }

  /**
   * Takes a request that was read up to its body. It begins once the requests before it are answered. So thousands of requests
   * that come in one piece are handled one by one, in turn with those of other connections.
   * @param tooMany the last answer of the connection if too many wait
   */
  take(answer: ServerResponse, begin: () => void, tooMany: () => string): void {
    if (this.#isFull || this.#waiting === MOST_WAITING || (this.#waiting > 0 && heldOfAll >= MOST_HELD_OF_ALL)) {
      this.refuse(tooMany);
      return;
    }
    const before = this.#newest;
    this.#newest = answer;
    answer.on('close', this.#forget);
    answer.on('error', ignore);
    answer.req.on('error', ignore);
    // Node runs microtasks between two requests of one piece, so one may be answered before the next one is read.
    if (before === null && this.#begunInTurn !== turnOfLoop()) {
      this.#begin(begin);
      return;
    }
    this.#waiting += 1;
    this.#hold(1);
    const next = () => {
      this.#waiting -= 1;
      if (this.#held > 0) this.#hold(-1);
      if (!this.#isClosing && this.#socket.writable) this.#begin(begin);
    };
    // In a later turn of the event loop: requests that are answered at once would otherwise all run in one turn.
    if (before === null) setImmediate(next);
    else before.once('close', () => setImmediate(next));
  }

  /** Refuses a request that was read up to its body, by the last answer of the connection. Further requests are thrown away. */
  refuse(text: () => string): void {
    this.#hold(1);
    if (this.#isFull) {
      if (heldOfAll > MOST_HELD_OF_ALL) this.#socket.destroy();
      return;
    }
    this.#isFull = true;
    // Later, since the parser still works on the piece that this request came in.
    process.nextTick(() => this.answerLast(text));
  }

  #hold(requests: number): void {
    this.#held += requests;
    heldOfAll += requests;
  }

  #begin(begin: () => void): void {
    this.#begunInTurn = turnOfLoop();
    begin();
  }

  readonly #forget = () => {
    if (this.#newest?.closed) this.#newest = null;
  };

  /** The answer to a request that has not arrived in full; null if there is none. */
  get unfinished(): ServerResponse | null {
    return this.#newest?.req.complete === false ? this.#newest : null;
  }

  /** Whether the last answer was given. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Reads no further request. What still comes is thrown away. */
  stopReading(): void {
    if (!this.#isReading) return;
    this.#isReading = false;
    if (!this.#socket.isPaused()) {
      this.#throwAway();
      return;
    }
    // If Node has paused the socket, Node must resume it.
    this.#socket.once('resume', () => this.#throwAway());
    this.#socket.resume();
  }

  #throwAway(): void {
    let left = LINGER_BYTES;
    // This takes the connection away from Node's parser, which reads it directly or through that listener.
    this.#socket.removeAllListeners('data');
    this.#socket.on('data', ({ length }: Buffer) => {
      left -= length;
      if (left < 0) this.#socket.destroy();
    });
  }

  /** Sends the last answer of the connection after the answers to earlier requests, then closes the connection. */
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
