import { expect } from 'chai';
import { leastBudgets } from '../../src/http/least-budgets.ts';
import { Metrics } from '../../src/http/metrics.ts';

describe('the API budgets that are shown', () => {
  const at = '2026-11-24T10:00:00.000Z';
  const budgets = {
    all: () => Array.from({ length: 300 }, (_, used) => ({ organizationId: `o${used}`, used, most: 300, at })),
  };

  it('are those of which the largest share is used, and not more of them than asked for', () => {
    const shown = leastBudgets({ budgets }, 100);
    expect(shown).to.have.length(100);
    expect(shown[0]).to.deep.equal({ organizationId: 'o299', used: 299, most: 300, at, share: 299 / 300 });
    expect(leastBudgets({ budgets: { all: () => [] } }, 100)).to.deep.equal([]);
  });

  it('leave no label of an organization behind that is not among them any more', async () => {
    const metrics = new Metrics();
    let now: { [organization: string]: number } = { one: 0.5 };
    metrics.gaugeBy('ratio', 'A ratio.', 'organization', () => now);
    expect(await metrics.scrape()).to.contain('ratio{organization="one"} 0.5');
    now = { other: 0.9 };
    const text = await metrics.scrape();
    expect(text).to.contain('ratio{organization="other"} 0.9').and.not.contain('organization="one"');
  });

  it('are left out where they cannot be read', async () => {
    const metrics = new Metrics();
    metrics.gaugeBy('ratio', 'A ratio.', 'lane', () => Promise.reject(new Error('away')));
    expect(await metrics.scrape()).to.not.match(/^ratio\{/m);
  });
});
