import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import { listStatement } from '../../../src/projections/embedded/list-statement.ts';
import type { ListQuery } from '../../../src/projections/queries.ts';
import { importView } from '../../../src/projections/views/import-view.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { withDatabase } from './fixture.ts';

describe('lists of imports in the embedded read model', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'views.db');

  before(async () => {
    await (await openEmbeddedReadModel({ file })).close();
  });

  after(() => directory.remove());

  const filters = {
    'the organization alone': ['imports_by_time', '', {}],
    'an album': ['imports_by_album', ' AND album_id=\\?', { having: { album_id: 'x' } }],
    'a type': ['imports_by_type', ' AND import_type=\\?', { having: { import_type: 't' } }],
    'an album and a type': [
      'imports_by_album_and_type',
      ' AND album_id=\\? AND import_type=\\?',
      { having: { album_id: 'x', import_type: 't' } },
    ],
    'a status': ['imports_by_status', ' AND status=\\?', { having: { status: 'failed' } }],
    'an album and a status': [
      'imports_by_album_and_status',
      ' AND album_id=\\? AND status=\\?',
      { having: { album_id: 'x', status: 'failed' } },
    ],
    'a reason': ['imports_by_reason', ' AND reason=\\?', { having: { reason: 'image_damaged' } }],
    'an album and a reason': [
      'imports_by_album_and_reason',
      ' AND album_id=\\? AND reason=\\?',
      { having: { album_id: 'x', reason: 'image_damaged' } },
    ],
    'an image': ['imports_by_image', ' AND image_id=\\?', { having: { image_id: 'i' } }],
  } as const;
  const times = {
    'at any time': [{}, /=\?\)$/],
    'after a time': [{ createdAfter: '2020' }, /created_at>\?\)$/],
    'before a time': [{ createdBefore: '2021' }, /created_at<\?\)$/],
    'between two times': [{ createdAfter: '2020', createdBefore: '2021' }, /created_at>\? AND created_at<\?\)$/],
    'after a cursor': [{ after: { createdAt: '2020', id: 'i' } }, /\(created_at,id\)<\(\?,\?\)\)$/],
    'between two times after a cursor': [
      { createdAfter: '2020', createdBefore: '2022', after: { createdAt: '2021', id: 'i' } },
      /created_at>\? AND \(created_at,id\)<\(\?,\?\)\)$/,
    ],
  } as const;

  for (const [filter, [index, equal, filterQuery]] of Object.entries(filters)) {
    for (const [time, [timeQuery, bounds]] of Object.entries(times)) {
      it(`by ${filter}, ${time}, read one index in its order from where the list begins to where it ends`, () => {
        const query: ListQuery<'import'> = { organizationId: 'o', limit: 50, ...filterQuery, ...timeQuery };
        const { sql, parameters } = listStatement(importView, query);
        const plan = withDatabase(file, (database) =>
          database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters),
        ).map(({ detail }) => String(detail));
        expect(plan).to.have.length(1);
        expect(plan[0]).to.match(new RegExp(`^SEARCH imports USING INDEX ${index} \\(organization_id=\\?${equal}[ )]`));
        expect(plan[0]).to.match(bounds);
      });
    }
  }
});
