import type { ListQuery } from './queries.ts';

/**
 * Fills a page in the order of the list. The first view always fits. Later ones are taken until one does not fit.
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

  /** @param characters the length of the next view's field that bounds a page */
  takes(characters: number): boolean {
    const fits = this.#taken === 0 || this.#characters + characters <= this.#maxCharacters;
    if (!fits || this.#taken === this.#limit) return false;
    this.#taken += 1;
    this.#characters += characters;
    return true;
  }
}
