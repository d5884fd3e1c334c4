/** A binary heap: the least element can be taken at any time. */
export class Heap<T> {
  readonly #isBefore: (one: T, other: T) => boolean;
  #elements: T[] = [];

  constructor(isBefore: (one: T, other: T) => boolean) {
    this.#isBefore = isBefore;
  }

  /** In no order. */
  get elements(): readonly T[] {
    return this.#elements;
  }

  /** The least element; undefined: there is none. */
  get least(): T | undefined {
    return this.#elements[0];
  }

  add(element: T): void {
    const elements = this.#elements;
    let at = elements.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(element, elements[parent] as T)) break;
      elements[at] = elements[parent] as T;
      at = parent;
    }
    elements[at] = element;
  }

  takeLeast(): T | undefined {
    const elements = this.#elements;
    const [least] = elements;
    const last = elements.pop();
    if (last === undefined || elements.length === 0) return least;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= elements.length) break;
      if (child + 1 < elements.length && this.#isBefore(elements[child + 1] as T, elements[child] as T)) child += 1;
      if (!this.#isBefore(elements[child] as T, last)) break;
      elements[at] = elements[child] as T;
      at = child;
    }
    elements[at] = last;
    return least;
  }

  /** Puts the elements in order again, after something else changed what comes first. */
  reorder(): void {
    const elements = this.#elements;
    this.#elements = [];
    for (const element of elements) this.add(element);
  }
}
