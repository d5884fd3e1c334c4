import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import { DUE, EXPIRED, NEXT_ORGANIZATION, WORKLOAD } from '../../../src/projections/embedded/queue-reader.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { withDatabase } from './fixture.ts';

describe('what workers ask of the embedded read model', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'views.db');

  before(async () => {
    await (await openEmbeddedReadModel({ file })).close();
  });

  after(() => directory.remove());

  // With a limit, a search in the order of its index reads no row that it does not give.
  const searches = {
    'the next organization': [NEXT_ORGANIZATION, 'imports_by_due (log=? AND lane=? AND organization_id>?)'],
    'what is due': [DUE, 'imports_by_due (log=? AND lane=? AND organization_id=? AND (due_at,id)>(?,?) AND due_at<?)'],
    'what expires': [EXPIRED, 'imports_by_expiry (log=? AND lane=? AND expires_at>? AND expires_at<?)'],
    'the workload': [WORKLOAD, 'imports_by_expiry (log=? AND lane=? AND expires_at>?)'],
  } as const;

  for (const [asked, [sql, search]] of Object.entries(searches)) {
    it(`reads one range of one index for ${asked}, and sorts nothing`, () => {
      const plan = withDatabase(file, (database) => database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()).map(
        ({ detail }) => String(detail),
      );
      expect(plan.filter((step) => /TEMP B-TREE/.test(step))).to.deep.equal([]);
      expect(plan.filter((step) => /imports/.test(step)).map((step) => step.replace(' COVERING', ''))).to.deep.equal([
        `SEARCH imports USING INDEX ${search}`,
      ]);
    });
  }
});
