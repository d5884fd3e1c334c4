import pLimit from 'p-limit';
import { reasonOf } from '../../errors/reason-of.ts';
import type { ThreadProgram } from '../../machine/start-thread.ts';
import { ImportFailure } from '../import-failure.ts';
import type { Look } from './image-format.ts';
import { type LookOutcome, program } from './look-thread.ts';
import { Looker } from './looker.ts';

export type { ImageFormat, Look } from './image-format.ts';

/** One makes more than a thousand looks a second; the second is for when an image holds up the first. */
const THREADS = 2;

/** A look takes about a millisecond. */
const LOOK_MS = 1_000;

/** After that the image is at fault, not the machine, which may have slept during the first one. */
const TRIES = 2;

/**
 * Looks at images, in threads that are ended if a look takes longer than a second: crafted images have kept programs that read them busy for
 * ever. A thread starts when it is needed, and is kept.
 */
export class Looks {
  readonly #lookMs: number;
  readonly #inTurn = pLimit(THREADS);
  #idle: Looker[] = [];

  readonly #program: ThreadProgram<null>;

  /** @param lookMs how long a look may take */
  constructor(lookMs = LOOK_MS, lookProgram = program) {
    this.#lookMs = lookMs;
    this.#program = lookProgram;
  }

  /**
   * Of what kind the image in a file is, and how large: by its bytes, of which it reads the head only. So it says nothing of bytes that are missing at
   * the end.
   * @throws {ImportFailure} `not_an_image` or `image_damaged`; `storage_unavailable` if the file cannot be read
   */
  async lookAt(path: string): Promise<Look> {
    const outcome = await this.#inTurn(() => this.#look(path));
    if ('failed' in outcome) {
      const cause = new Error(outcome.failed);
      throw new ImportFailure('storage_unavailable', 'The service cannot look at the bytes just now.', { cause });
    }
    if ('bad' in outcome) throw new ImportFailure('image_damaged', `The image is damaged: ${outcome.bad}.`);
    if (outcome.look === null) {
      throw new ImportFailure('not_an_image', 'It is none of JPEG, PNG, GIF, WebP, TIFF, BMP, HEIC and AVIF.');
    }
    return outcome.look;
  }

  /** Ends the threads. Call it when no look is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((looker) => looker.end()));
  }

  async #look(path: string): Promise<LookOutcome> {
    for (let tries = 1; ; tries += 1) {
      let looker: Looker;
      try {
        looker = this.#idle.pop() ?? (await Looker.start(this.#program));
      } catch (error) {
        return { failed: reasonOf(error) };
      }
      try {
        const outcome = await looker.look(path, this.#lookMs);
        this.#idle.push(looker);
        return outcome;
      } catch (error) {
        // Nobody waits for that: it may hang in the file system.
        void looker.end();
        if (tries === TRIES) return { bad: `a look at it failed (${reasonOf(error)})` };
      }
    }
  }
}
