import { expect } from 'chai';
import { treeText } from '../../../src/cli/reading/tree-text.ts';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import type { Fact } from '../../../src/events/event-types.ts';
import type { ImportSource } from '../../../src/events/import-events.ts';
import { causationTrees } from '../../../src/history/causation-tree.ts';
import { timelineOf } from '../../../src/history/timeline.ts';
import { IMPORT_REQUESTED, METADATA } from '../../support/events.ts';
import { IMPORT, recorded } from '../../support/recorded.ts';

const STREAM = `import-${IMPORT}`;
const album_id = IMPORT_REQUESTED.data.album_id;
const REQUEST = METADATA.request_id;
const NOBODY = { user_id: undefined };

const started = (attempt: number, worker = 'w.1'): Fact => ({
  type: 'ImportStarted',
  data: { album_id, attempt, worker, deadline: '2019-04-08T17:41:00.000Z' },
});
const call = { request: 'GET https://example.com/1.jpg', at: '2019-04-08T17:39:00.000Z', ms: 120 };
const unavailable = { ...call, status: 503, error: null };
const scheduled = (attempt: number, reason: 'source_unavailable' | 'connection_refused'): Fact => ({
  type: 'ImportRetryScheduled',
  data: {
    album_id,
    attempt,
    reason,
    detail: 'It says 503.',
    calls: [unavailable],
    not_before: '2019-04-08T17:50:00.000Z',
  },
});
const succeeded = (source: ImportSource): Fact => ({
  type: 'ImportSucceeded',
  data: {
    ...{ album_id, attempt: 2, source, calls: [{ ...call, status: 200, error: null }] },
    image: {
      ...{ id: '6ec0bd7f-11c0-5d3a-9d2c-0b1a3f1e2d3c', sha256: 'a'.repeat(64), md5: 'b'.repeat(32), bytes: 2048 },
      ...{ content_type: 'image/png', format: 'png', width: 8, height: 6, filename: '1.png' },
    },
  },
});

/** Events of an import: each with its id, the id of its cause, the time of day, and who. */
function eventsOf(
  ...steps: [id: string, cause: string, time: string, fact: Fact, metadata?: object][]
): RecordedEvent[] {
  return steps.map(([id, $causationId, time, { type, data }, metadata = NOBODY], revision) =>
    recorded({
      ...{ id, revision, type, data },
      metadata: { occurred_at: `2019-04-08T${time}Z`, $causationId, ...metadata },
    }),
  );
}

const SALESFORCE = {
  kind: 'salesforce',
  host: 'acme.my.salesforce.com',
  organization_id: '00D1',
  user_id: '0051',
} as const;

const treeOf = (...events: RecordedEvent[]) => causationTrees(timelineOf(events), STREAM).map(treeText).join('');

describe('the story of an import in an audit', () => {
  it('is one tree: the request, each attempt with who, how long and the calls, and what came of it', () => {
    const text = treeOf(
      ...eventsOf(
        ['a', REQUEST, '17:39:00.000', IMPORT_REQUESTED, {}],
        ['b', 'a', '17:39:01.000', started(1)],
        ['c', 'b', '17:39:02.500', scheduled(1, 'source_unavailable')],
        ['d', 'a', '17:50:01.000', started(2)],
        ['e', 'd', '17:50:01.100', succeeded({ kind: 'url', host: 'example.com', path: '/1.jpg' })],
      ),
    );
    const lines = text.split('\n').map((line) => line.replace(/, revision.*/, ''));
    const by = 'by the service itself of organization';
    const after = lines.indexOf('   ├─ 2019-04-08T17:39:01.000Z  ImportStarted');
    expect(lines.slice(after, -1)).to.deep.equal([
      '   ├─ 2019-04-08T17:39:01.000Z  ImportStarted',
      `   │  ${by} ${METADATA.organization_id}`,
      '   │  attempt 1 by worker w.1, until 2019-04-08T17:41:00.000Z',
      '   │  status: "waiting" → "running"',
      '   │  └─ 2019-04-08T17:39:02.500Z  ImportRetryScheduled',
      `   │     ${by} ${METADATA.organization_id}`,
      '   │     not done after 1.5 s: source_unavailable (It says 503.)',
      '   │     asked GET https://example.com/1.jpg: 503 after 120 ms, at 2019-04-08T17:39:00.000Z',
      '   │     it is tried again at 2019-04-08T17:50:00.000Z or later',
      '   │     status: "running" → "waiting"',
      '   └─ 2019-04-08T17:50:01.000Z  ImportStarted',
      `      ${by} ${METADATA.organization_id}`,
      '      attempt 2 by worker w.1, until 2019-04-08T17:41:00.000Z',
      '      status: "waiting" → "running"',
      '      └─ 2019-04-08T17:50:01.100Z  ImportSucceeded',
      `         ${by} ${METADATA.organization_id}`,
      '         asked GET https://example.com/1.jpg: 200 after 120 ms, at 2019-04-08T17:39:00.000Z',
      `         done after 0.1 s: image 6ec0bd7f-11c0-5d3a-9d2c-0b1a3f1e2d3c, 2048 bytes of image/png, 8 × 6, sha256 ${'a'.repeat(64)}`,
      '         from example.com/1.jpg',
      '         image_id: null → "6ec0bd7f-11c0-5d3a-9d2c-0b1a3f1e2d3c"',
      `         updated_at: "2019-04-08T17:39:00.000Z" → "2019-04-08T17:50:01.100Z"`,
      '         status: "running" → "succeeded"',
    ]);
  });

  it('has cancellations and retries below the request, with who and why', () => {
    const operator = { user_id: undefined, operator: 'root', request_id: 'retry', $correlationId: 'retry' };
    const text = treeOf(
      ...eventsOf(
        ['a', REQUEST, '17:39:00.000', IMPORT_REQUESTED, {}],
        ['b', 'cancel', '17:39:01.000', { type: 'ImportCancelled', data: { album_id } }, { request_id: 'cancel' }],
        [
          'c',
          'retry',
          '17:39:02.000',
          { type: 'ImportRetryRequested', data: { album_id, reason: 'T 4711' } },
          operator,
        ],
        ['d', 'c', '17:39:03.000', started(1)],
      ),
    );
    expect(text).to.match(/^request .*\n└─ /);
    expect(text).to.match(/\n {3}├─ .*ImportCancelled.*\n.*by user .*\n.*in request cancel\n/);
    expect(text).to.match(
      /\n {3}└─ .*ImportRetryRequested.*\n.*by operator root .*\n.*in request retry\n.*because: T 4711\n/,
    );
    expect(text).to.match(/\n {6}└─ .*ImportStarted/);
  });

  it('tells of a worker that came to no end, of an attempt that does not count, and of an end without one', () => {
    const failed: Fact = {
      type: 'ImportFailed',
      data: { album_id, attempt: 1, reason: 'connection_refused', detail: null, calls: [] },
    };
    const text = treeOf(
      ...eventsOf(
        ['a', REQUEST, '17:39:00.000', IMPORT_REQUESTED, {}],
        ['b', 'a', '17:39:01.000', started(1)],
        ['c', 'a', '17:42:00.000', started(2, 'w.2')],
        ['d', 'c', '17:42:01.000', scheduled(1, 'connection_refused')],
        ['e', 'a', '17:59:00.000', failed],
      ),
    );
    expect(text).to.contain('   │  worker w.1 had it before, and came to no end\n');
    expect(text).to.contain('or later; the attempt does not count\n');
    expect(text).to.contain('      failed: connection_refused\n');
  });

  it('tells where an image came from', () => {
    const sources: [ImportSource, string][] = [
      [
        { ...SALESFORCE, record: 'ContentVersion', record_id: '0681', version_number: '3' },
        'from ContentVersion 0681, version 3 at acme.my.salesforce.com, read by 0051 of 00D1',
      ],
      [
        { ...SALESFORCE, record: 'Attachment', record_id: '00P1', version_number: null },
        'from Attachment 00P1 at acme.my.salesforce.com, read by 0051 of 00D1',
      ],
      [{ kind: 'worker', external_id: 'x-1' }, 'brought by a worker, who calls it x-1'],
      [{ kind: 'worker', external_id: null }, 'brought by a worker'],
    ];
    for (const [source, told] of sources) {
      const events = eventsOf(
        ['a', REQUEST, '17:39:00.000', IMPORT_REQUESTED, {}],
        ['b', 'a', '17:39:01.000', started(2)],
        ['c', 'b', '17:39:02.000', succeeded(source)],
      );
      expect(treeOf(...events)).to.contain(`\n         ${told}\n`);
    }
  });

  it('shows a call that got no answer, and what it was of no use for', () => {
    const calls = [
      { ...call, status: null, error: 'no byte came for 30 s' },
      { ...call, status: 200, error: 'HTML' },
    ];
    const failed: Fact = {
      type: 'ImportFailed',
      data: { album_id, attempt: 1, reason: 'not_an_image', detail: '\u001b[2Jred', calls },
    };
    const text = treeOf(
      ...eventsOf(
        ['a', REQUEST, '17:39:00.000', IMPORT_REQUESTED, {}],
        ['b', 'a', '17:39:01.000', started(1)],
        ['c', 'b', '17:39:02.000', failed],
      ),
    );
    expect(text).to.contain('1.jpg: no answer (no byte came for 30 s) after 120 ms');
    expect(text).to.contain('1.jpg: 200 (HTML) after 120 ms');
    expect(text).to.contain('not_an_image (\\u{1b}[2Jred)');
  });
});
