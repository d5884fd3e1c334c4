import type { Budget } from '../importer/sources/salesforce/budgets.ts';
import type { Services } from './services.ts';

/** The budgets of which the largest share is used, that first. There may be thousands of connections. */
export function leastBudgets({ budgets }: Pick<Services, 'budgets'>, most: number): (Budget & { share: number })[] {
  return budgets
    .all()
    .map((budget) => ({ ...budget, share: budget.used / budget.most }))
    .sort((one, other) => other.share - one.share)
    .slice(0, most);
}
