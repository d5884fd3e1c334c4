import { expect } from 'chai';
import { treeText } from '../../../src/cli/reading/tree-text.ts';
import { causationTrees } from '../../../src/history/causation-tree.ts';
import { timelineOf } from '../../../src/history/timeline.ts';
import { METADATA } from '../../support/events.ts';
import { IMPORT, recorded } from '../../support/recorded.ts';

const REQUEST = METADATA.request_id;

/** The tree of events that say no more than their cause. */
const textOf = (...events: Parameters<typeof recorded>[0][]) =>
  causationTrees(
    events.flatMap((event) => timelineOf([recorded({ stream: 'operations', type: 'UserRemoved', ...event })])),
  )
    .map(treeText)
    .join('');

describe('a tree of causes at a terminal', () => {
  it('is drawn with lines', () => {
    const text = textOf(
      { id: 'a' },
      { id: 'b', revision: 1, metadata: { $causationId: 'a' } },
      {
        id: 'c',
        revision: 2,
        metadata: { $causationId: 'b', operator: 'root', user_id: undefined, organization_id: undefined },
      },
      { id: 'd', revision: 3 },
    );
    const by = `by user ${METADATA.user_id} of organization ${METADATA.organization_id}`;
    const head = (revision: number) =>
      `${METADATA.occurred_at}  UserRemoved, revision ${revision} of operations, position ${revision + 1}`;
    expect(text).to.equal(
      `request ${REQUEST}
├─ ${head(0)}
│  ${by}
│  └─ ${head(1)}
│     ${by}
│     └─ ${head(2)}
│        by operator root
└─ ${head(3)}
   ${by}
`,
    );
  });

  it('says where the request is not what holds together, and which cause is not shown', () => {
    const text = textOf({ metadata: { $correlationId: 'c', $causationId: 'x' } });
    expect(text.split('\n')[0]).to.equal('correlation c');
    expect(text).to.contain(`\n   in request ${REQUEST}\n   because of x\n`);
  });

  it('has what an event says where it changed nothing, and what is wrong with it', () => {
    expect(textOf({ stream: `import-${IMPORT}`, type: 'ImportPolished', data: { a: 'x' } })).to.match(
      /\n {3}data \{"a":"x"\}\n {3}! event 0 .* does not know the event type "ImportPolished"\n$/,
    );
  });

  it('says so where nothing is told', () => {
    expect(textOf({ metadata: 'nonsense' })).to.match(
      /^no request .*\n└─ at an unknown time {2}UserRemoved.*\n {3}by somebody unknown\n/,
    );
  });

  it('stays readable, and small, where one thing leads to another five thousand times', () => {
    const text = textOf(
      ...Array.from({ length: 5_000 }, (_, at) => ({ id: `${at}`, metadata: { $causationId: `${at - 1}` } })),
    );
    expect(text.length).to.be.lessThan(5_000 * 600);
  });
});
