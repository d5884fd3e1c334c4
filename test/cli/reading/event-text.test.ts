import { expect } from 'chai';
import { entryJsonLine, eventJsonLine, eventTexts } from '../../../src/cli/reading/event-text.ts';
import { timelineOf } from '../../../src/history/timeline.ts';
import { renderRecordedEvent } from '../../../src/http/out/render-recorded-event.ts';
import { IMPORT_REQUESTED, METADATA } from '../../support/events.ts';
import { IMPORT, recorded } from '../../support/recorded.ts';

const HOSTILE = 'a\u001b[2J\u009b\u202e\r\n\tb';
/** What must never get to a terminal but the tabs and the line end that are ours. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const event = recorded({ position: 17n, ...IMPORT_REQUESTED });
const hostile = recorded({
  type: HOSTILE,
  stream: HOSTILE,
  id: HOSTILE,
  data: { [HOSTILE]: HOSTILE },
  metadata: { operator: HOSTILE, user_id: null, occurred_at: HOSTILE, organization_id: HOSTILE },
});

describe('an event at a terminal', () => {
  it('is one line of columns', () => {
    const columns = eventTexts(event, null);
    expect(columns.slice(0, 7)).to.deep.equal([
      '17',
      METADATA.occurred_at,
      `import-${IMPORT}`,
      '0',
      'ImportRequested',
      `user ${METADATA.user_id}`,
      METADATA.organization_id,
    ]);
    expect(columns[7])
      .to.have.lengthOf(121)
      .and.match(/^\{"organization_id":.*…$/);
    expect(columns).to.have.lengthOf(8);
  });

  it('has a secret or an operator in the place of the user, or nobody', () => {
    const who = (metadata: object) => eventTexts(recorded({ metadata: { user_id: null, ...metadata } }), null)[5];
    expect([who({ secret_id: 's' }), who({ operator: 'root' }), who({})]).to.deep.equal([
      'secret s',
      'operator root',
      '-',
    ]);
  });
});

describe('an event as JSON', () => {
  it('is as the API has it for operators, but for the zone of its time', () => {
    const inUtc = (recorded: string) => recorded;
    expect(JSON.parse(eventJsonLine(event, null))).to.deep.equal(JSON.parse(renderRecordedEvent(event, inUtc)));
  });

  it('says what is wrong with it', () => {
    expect(JSON.parse(eventJsonLine(event, 'a reason'))).to.include({ problem: 'a reason' });
  });

  it('is one line, inert, and means what it meant', () => {
    const line = eventJsonLine(hostile, null);
    expect(line.slice(0, -1)).to.not.match(DANGEROUS);
    expect(JSON.parse(line))
      .to.include({ type: HOSTILE, stream: HOSTILE })
      .and.deep.include({ data: { [HOSTILE]: HOSTILE } });
  });

  it('has what is no JSON as text', () => {
    const line = eventJsonLine(recorded({ data: '{\u001b' }), null);
    expect(JSON.parse(line)).to.deep.include({ data: { _text: '{\u001b' } });
  });

  it('has what it changed, as the text it is', () => {
    const odd = recorded({
      ...IMPORT_REQUESTED,
      data: `${JSON.stringify(IMPORT_REQUESTED.data).replace('{"album_id"', '{"n":1.50,"album_id"')}`,
    });
    const [entry] = timelineOf([odd]);
    const line = entryJsonLine(entry as NonNullable<typeof entry>);
    expect(line)
      .to.contain('{"field":"params","before":null,"after":{"n":1.50,"album_id":')
      .and.contain('"problem":null');
    expect(() => JSON.parse(line)).to.not.throw();
  });
});
