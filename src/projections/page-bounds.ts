import type { ListQuery } from './queries.ts';

/**
 * Fills a page in the order of the list: takes what comes next as long as it fits, and is full from the first one on that does not.
 * What comes first always fits.
 */
export class PageBounds {
  readonly #limit: number;
  readonly #maxCharacters: number;
  #taken = 0;
  #characters = 0;

  constructor({ limit, maxCharacters = Number.POSITIVE_INFINITY }: Pick<ListQuery, 'limit' | 'maxCharacters'>) {
    this.#limit = limit;
    this.#maxCharacters = maxCharacters;
  }

  /** @param characters of the field that sizes the next view */
  takes(characters: number): boolean {
    const fits = this.#taken === 0 || this.#characters + characters <= this.#maxCharacters;
    if (!fits || this.#taken === this.#limit) return false;
    this.#taken += 1;
    this.#characters += characters;
    return true;
  }
}
