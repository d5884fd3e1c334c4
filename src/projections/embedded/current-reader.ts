import { whyReplaceableUnusable } from '../../sqlite/replaceable-file.ts';
import { ReadModelUnavailable } from '../errors.ts';
import type { ViewShapes } from '../views/declare-view.ts';
import { ViewsFileReader } from './reader.ts';
import type { WriterData } from './requests.ts';

/** A read checks at most this often whether another process has replaced the file. */
const LOOK_EVERY_MS = 100;
/** How often to open a reader at most, if the file is replaced while it is being opened. */
const OPENINGS = 3;

export interface CurrentReaderParts {
  /** The path of the version's file. */
  readonly file: string;
  readonly shapes: ViewShapes;
  /** Counts how often the writing thread has replaced the file. */
  readonly generation: WriterData['generation'];
  /** Makes the writing thread see to it that there is a sound file. */
  readonly look: () => Promise<unknown>;
}

/** The reader of the file that the path names now. If another process or the writing thread replaces the file, another reader takes its place. */
export class CurrentReader {
  readonly #file: string;
  readonly #shapes: ViewShapes;
  readonly #generation: WriterData['generation'];
  readonly #look: () => Promise<unknown>;
  #reader: ViewsFileReader | null = null;
  #opening: Promise<ViewsFileReader> | null = null;
  #lookedAtMs = 0;
  #closed = false;

  constructor({ file, shapes, generation, look }: CurrentReaderParts) {
    this.#file = file;
    this.#shapes = shapes;
    this.#generation = generation;
    this.#look = look;
  }

  /** The reader if it is on the file that the path names; else null. */
  get(): ViewsFileReader | null {
    const reader = this.#reader;
    if (reader === null || reader.generation !== Atomics.load(this.#generation, 0)) return null;
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs < LOOK_EVERY_MS) return reader;
    this.#lookedAtMs = nowMs;
    return reader.isMoved() ? null : reader;
  }

  /** Opens another one, once for all who ask meanwhile. @throws {ReadModelUnavailable} it cannot be opened, or this is closed; or what `look` throws */
  open(): Promise<ViewsFileReader> {
    this.#opening ??= this.#openOnce().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** Opens the file as it is, without the writing thread. @throws SQLite's error if it cannot be opened, or an Error if it was just replaced */
  openAsItIs(): ViewsFileReader {
    this.#reader = new ViewsFileReader(this.#file, Atomics.load(this.#generation, 0), this.#shapes);
    return this.#reader;
  }

  /** The next read checks whether the file was replaced. */
  lookNext(): void {
    this.#lookedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Closes this reader, if it is still the current one. */
  drop(reader: ViewsFileReader): void {
    if (this.#reader === reader) this.#closeReader();
  }

  /** No other one is opened any more. */
  close(): void {
    this.#closed = true;
    this.#closeReader();
  }

  async #openOnce(): Promise<ViewsFileReader> {
    this.#closeReader();
    for (let attempt = 1; ; attempt += 1) {
      await this.#look();
      if (this.#closed) throw new ReadModelUnavailable('it is closed');
      try {
        return this.openAsItIs();
      } catch (error) {
        // Another process may just have replaced the file.
        if (attempt === OPENINGS) throw new ReadModelUnavailable(whyReplaceableUnusable(error, this.#file), error);
      }
    }
  }

  #closeReader(): void {
    this.#reader?.close();
    this.#reader = null;
  }
}
