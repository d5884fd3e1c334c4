import { expect } from 'chai';
import { diffJson, diffText, standText } from '../../../src/cli/reading/stand-text.ts';
import { standAt } from '../../../src/history/stand.ts';
import type { Point } from '../../../src/history/view-at.ts';
import { METADATA, USER_REGISTERED } from '../../support/events.ts';
import { recorded } from '../../support/recorded.ts';

const ID = METADATA.user_id;
const stream = `user-${ID}`;
const REMOVED_AT = '2026-11-24T09:21:30.095Z';
const events = [
  recorded({ stream, position: 100n, ...USER_REGISTERED }),
  recorded({ stream, position: 200n, revision: 1, type: 'UserRemoved', metadata: { occurred_at: REMOVED_AT } }),
];
const at = (point: Point) => standAt(events, point);

describe('how an aggregate stood', () => {
  it('is its view, for a person, field by field', () => {
    expect(standText(at({ revision: 0 }))).to.equal(
      `revision 0 (position 100, ${METADATA.occurred_at})
id: "${ID}"
organization_id: "${METADATA.organization_id}"
role: "member"
registered_at: "${METADATA.occurred_at}"
removed_at: null
`,
    );
  });

  it('differs in what changed between', () => {
    const change = { field: 'removed_at', before: null, after: REMOVED_AT };
    const [from, to] = [at({ revision: 0 }), at({ revision: 1 })];
    expect(diffText(from, to)).to.equal(
      `from revision 0 (position 100, ${METADATA.occurred_at}) to revision 1 (position 200, ${REMOVED_AT})
removed_at: null → "${REMOVED_AT}"
`,
    );
    expect(JSON.parse(diffJson(from, to))).to.deep.equal({
      from: { revision: 0, position: '100', occurred_at: METADATA.occurred_at },
      to: { revision: 1, position: '200', occurred_at: REMOVED_AT },
      changes: [change],
      problem: null,
    });
  });

  it('differs from nothing in everything', () => {
    const [from, to] = [at({ position: 0n }), at({ revision: 0 })];
    expect(diffText(from, to)).to.match(/^from nothing to revision 0 .*\nid: ".*"\norganization_id: /);
    const { from: earlier, changes } = JSON.parse(diffJson(from, to)) as { from: null; changes: object[] };
    expect([earlier, changes.length]).to.deep.equal([null, 5]);
  });
});
