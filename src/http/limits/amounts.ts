/** An amount for each of many names. One whose amount comes to nothing is forgotten. */
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
