/** An amount for each of many names. A name whose amount becomes 0 is forgotten. */
export class Amounts {
  readonly #byName = new Map<string, number>();

  of(name: string): number {
    return this.#byName.get(name) ?? 0;
  }

  add(name: string, amount: number): void {
    const sum = this.of(name) + amount;
    if (sum === 0) this.#byName.delete(name);
    else this.#byName.set(name, sum);
  }
}
