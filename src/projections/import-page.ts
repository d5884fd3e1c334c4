import type { ImportQuery } from './read-model.ts';

/**
 * Fills a page in the order of the list: takes what comes next as long as it fits, and is full from the first one on that does not.
 * What comes first always fits.
 */
export class ImportPageBounds {
  readonly #limit: number;
  readonly #maxCharacters: number;
  #imports = 0;
  #characters = 0;

  constructor({ limit, maxCharacters = Number.POSITIVE_INFINITY }: Pick<ImportQuery, 'limit' | 'maxCharacters'>) {
    this.#limit = limit;
    this.#maxCharacters = maxCharacters;
  }

  /** @param characters of the next import's parameters */
  takes(characters: number): boolean {
    const fits = this.#imports === 0 || this.#characters + characters <= this.#maxCharacters;
    if (!fits || this.#imports === this.#limit) return false;
    this.#imports += 1;
    this.#characters += characters;
    return true;
  }
}
