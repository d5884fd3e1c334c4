import { constants, fstatSync, openSync, write } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../errors/code-of.ts';

/** So many characters of lines are held while they cannot be written; further lines are dropped. */
const HELD_CHARACTERS = 1_000_000;

/** Lines are written together: when there are so many characters, or after some time. */
const WORTH_WRITING_CHARACTERS = 4_096;
const WRITE_EVERY_MS = 500;

/** When to try again: soon if the reader is slow, later if writing fails (a full disk, a reader that has ended). */
const SLOW_READER_MS = 10;
const FAILING_MS = 500;

/** A write that has not returned after this time waits for the output itself, not for its turn. */
const STUCK_AFTER_MS = 200;

/**
 * Writes the log lines. The output may be full, slow or closed: nothing waits for it and nothing ends because of it. Lines that it does not
 * take are dropped and counted. pino's own destination would wait for a full output for ever, even when the process ends.
 */
export class LogOutput {
  readonly #fd: number;
  readonly #onGapEnded: (lines: number) => void;
  #waiting: string[] = [];
  /** The bytes that are being written, and the number of characters in their lines. */
  #writing: { bytes: Buffer; readonly characters: number } | null = null;
  #heldCharacters = 0;
  /** When the system got the write that has not returned yet; null if there is none. */
  #handedOverAtMs: number | null = null;
  #dropped = 0;
  #droppedAndReported = 0;

  /**
   * @param fd a file descriptor that stays open
   * @param onGapEnded is called with the number of dropped lines, after all held lines were written
   */
  constructor(fd: number, onGapEnded: (lines: number) => void) {
    this.#fd = withoutWaiting(fd);
    this.#onGapEnded = onGapEnded;
    setInterval(() => this.#begin(), WRITE_EVERY_MS).unref();
  }

  /** How many lines were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether a write does not return: Node would wait for it before it ends the process. */
  get isStuck(): boolean {
    return this.#handedOverAtMs !== null && performance.now() - this.#handedOverAtMs > STUCK_AFTER_MS;
  }

  /** Takes one or more lines. Each ends with a line feed. */
  write(lines: string): void {
    if (this.#heldCharacters + lines.length > HELD_CHARACTERS) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(lines);
    this.#heldCharacters += lines.length;
    if (this.#heldCharacters >= WORTH_WRITING_CHARACTERS) this.#begin();
  }

  /** Writes the held lines, for at most `withinMs`. */
  async flush(withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    while (this.#heldCharacters > 0 && performance.now() < deadlineMs) {
      this.#begin();
      await sleep(1);
    }
  }

  #begin(): void {
    if (this.#writing !== null || this.#waiting.length === 0) return;
    this.#writing = { bytes: Buffer.from(this.#waiting.join('')), characters: this.#heldCharacters };
    this.#waiting = [];
    this.#write(this.#writing.bytes);
  }

  #write(bytes: Buffer): void {
    this.#handedOverAtMs = performance.now();
    write(this.#fd, bytes, (error, count) => {
      this.#handedOverAtMs = null;
      // The rest is kept, so that no line is cut in two.
      const rest = error === null ? bytes.subarray(count) : bytes;
      if (rest.length === 0) this.#written();
      else if (error === null) this.#write(rest);
      else setTimeout(() => this.#write(rest), codeOf(error) === 'EAGAIN' ? SLOW_READER_MS : FAILING_MS).unref();
    });
  }

  #written(): void {
    this.#heldCharacters -= this.#writing?.characters ?? 0;
    this.#writing = null;
    if (this.#heldCharacters >= WORTH_WRITING_CHARACTERS) this.#begin();
    if (this.#heldCharacters > 0 || this.#dropped === this.#droppedAndReported) return;
    const lines = this.#dropped - this.#droppedAndReported;
    this.#droppedAndReported = this.#dropped;
    this.#onGapEnded(lines);
  }
}

/** A descriptor of the same output on which writes do not wait for a reader or a terminal, if that is possible. */
function withoutWaiting(fd: number): number {
  const stat = fstatSync(fd);
  // Node makes a pipe or a socket non-blocking when it makes its own stream of it.
  if (stat.isFIFO() || stat.isSocket()) void process.stdout;
  if (!stat.isCharacterDevice()) return fd;
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd;
  }
}
