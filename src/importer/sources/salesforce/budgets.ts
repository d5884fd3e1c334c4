import { budgetFailure } from './failures.ts';

/** How many API requests of an organization were used up in the last 24 hours, by whatever it runs. */
export interface Budget {
  readonly organizationId: string;
  readonly used: number;
  readonly most: number;
  /** When Salesforce said so: UTC, ISO 8601. */
  readonly at: string;
}

/** What Salesforce says of the budgets with each answer. */
export class Budgets {
  readonly #percent: number;
  readonly #known = new Map<string, Budget>();

  /** @param percent when so much is used up, the service stops */
  constructor(percent: number) {
    this.#percent = percent;
  }

  /** Takes what an answer says. @param header `Sforce-Limit-Info`, such as `api-usage=25/5000` */
  heard(organizationId: string, header: string | readonly string[] | undefined): void {
    const [, used, most] = /(?:^|[;,\s])api-usage=(\d{1,15})\/(\d{1,15})/.exec(String(header ?? '')) ?? [];
    if (used === undefined || Number(most) === 0) return;
    const at = new Date().toISOString();
    this.#known.set(organizationId, { organizationId, used: Number(used), most: Number(most), at });
  }

  /** What the last answer said; null: there was none yet. */
  of(organizationId: string): Budget | null {
    return this.#known.get(organizationId) ?? null;
  }

  /** @throws {ImportFailure} the service may use up no more of it */
  assertLeft(organizationId: string): void {
    const { used, most } = this.of(organizationId) ?? { used: 0, most: 1 };
    if (used * 100 >= most * this.#percent) throw budgetFailure(used, most, this.#percent);
  }

  /** Of every organization that was asked since the start. */
  all(): readonly Budget[] {
    return [...this.#known.values()];
  }
}
