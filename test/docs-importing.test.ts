import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { COURSE_OF } from '../src/commands/import-reasons.ts';
import { IMPORT_REASONS } from '../src/events/import-events.ts';

/** What docs/importing.md says of each course. */
const THEN = { permanent: 'it fails at once', retried: 'it is tried again', waits: 'it waits' } as const;

const page = readFileSync(new URL('../docs/importing.md', import.meta.url), 'utf8');

/** The rows of the table of reasons. */
const rows = page
  .slice(page.indexOf('| `reason` | Then'))
  .split('\n\n')[0]
  ?.split('\n')
  .slice(2)
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  ) as string[][];

describe('the table of reasons in docs/importing.md', () => {
  it('has every reason, in the order of the list, and what becomes of the import', () => {
    const expected = IMPORT_REASONS.map((reason) => [`\`${reason}\``, THEN[COURSE_OF[reason]]]);
    expect(rows.map(([reason, then]) => [reason, then])).to.deep.equal(expected);
  });

  it('says for each reason what somebody can do', () => {
    const nothing = rows.filter(([, , caller, operator]) => caller === '' && operator === '');
    expect(nothing).to.deep.equal([]);
  });
});
