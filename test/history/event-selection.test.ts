import { expect } from 'chai';
import { type EventSelection, isSelected } from '../../src/history/event-selection.ts';
import { METADATA } from '../support/events.ts';
import { IMPORT, recorded } from '../support/recorded.ts';

const data =
  '{"params":{"album_id":"5005","n":1.50,"big":12345678901234567890,"list":["a",{"b":true}],"a.b":"dot","__proto__":"p","no":null},"data":"d"}';
const event = recorded({ position: 17n, data });
const timeless = recorded({ position: 17n, metadata: { occurred_at: 'yesterday' } });
const nonsense = recorded({ position: 17n, data: '{', metadata: '{' });
const ms = Date.parse(METADATA.occurred_at);
const having = (text: string, ...path: string[]): EventSelection => ({ having: [{ path, text }] });

describe('events are selected', () => {
  for (const [what, selection, isIn] of [
    ['all, by nothing', {}, true],
    ['by stream', { stream: `import-${IMPORT}` }, true],
    ['by stream, whole', { stream: 'import-' }, false],
    ['by type', { type: 'ImportRequested' }, true],
    ['by type, not another', { type: 'UserRemoved' }, false],
    ['by organization', { organizationId: METADATA.organization_id }, true],
    ['by organization, not another', { organizationId: IMPORT }, false],
    ['by user', { userId: METADATA.user_id }, true],
    ['by user, not another', { userId: IMPORT }, false],
    ['by request', { requestId: METADATA.request_id }, true],
    ['by request, not another', { requestId: 'x' }, false],
    ['by correlation', { correlationId: METADATA.$correlationId }, true],
    ['by correlation, not another', { correlationId: 'x' }, false],
    ['since their own position', { since: { position: 17n } }, true],
    ['since a position, not before it', { since: { position: 18n } }, false],
    ['until their own position', { until: { position: 17n } }, true],
    ['until a position, not after it', { until: { position: 16n } }, false],
    ['since their own time', { since: { timeMs: ms } }, true],
    ['since a time, not before it', { since: { timeMs: ms + 1 } }, false],
    ['until their own time', { until: { timeMs: ms } }, true],
    ['until a time, not after it', { until: { timeMs: ms - 1 } }, false],
    ['by a value', having('5005', 'data', 'params', 'album_id'), true],
    ['by a value, whole', having('500', 'data', 'params', 'album_id'), false],
    ['by a value, its path from the data', having('5005', 'params', 'album_id'), true],
    ['by a value of the metadata', having(METADATA.request_id, 'metadata', 'request_id'), true],
    ['by a key that is called data', having('d', 'data', 'data'), true],
    ['by a number as it was sent', having('1.50', 'params', 'n'), true],
    ['by a number, not rounded', having('12345678901234567000', 'params', 'big'), false],
    ['by a number that no double holds', having('12345678901234567890', 'params', 'big'), true],
    ['by null', having('null', 'params', 'no'), true],
    ['by a value that is missing, not as null', having('null', 'params', 'nothing'), false],
    ['by an element of a list', having('a', 'params', 'list', '0'), true],
    ['by a value inside an element of a list', having('true', 'params', 'list', '1', 'b'), true],
    ['by a list', having('["a",{"b":true}]', 'params', 'list'), true],
    ['by a key with a dot', having('dot', 'params', 'a.b'), true],
    ['by a key that every object inherits', having('p', 'params', '__proto__'), true],
    ['by no property that was not sent', having('5', 'params', 'album_id', 'length'), false],
    ['by no property of a number', having('1.50', 'params', 'n', 'rawJSON'), false],
    ['by all conditions together', { type: 'ImportRequested', userId: IMPORT }, false],
    [
      'by all values',
      { having: [...(having('d', 'data', 'data').having ?? []), { path: ['params', 'no'], text: 'x' }] },
      false,
    ],
  ] as const) {
    it(what, () => {
      expect(isSelected(event, selection as EventSelection)).to.equal(isIn);
    });
  }

  it('by any time if they do not say their own: better shown than hidden', () => {
    for (const one of [timeless, nonsense]) {
      expect(isSelected(one, { since: { timeMs: ms }, until: { timeMs: ms } })).to.equal(true);
      expect(isSelected(one, { since: { position: 18n } })).to.equal(false);
    }
  });

  it('by no detail that they do not have', () => {
    expect(isSelected(nonsense, { userId: METADATA.user_id })).to.equal(false);
    expect(isSelected(nonsense, having('d', 'data'))).to.equal(false);
    expect(isSelected(nonsense, { type: 'ImportRequested' })).to.equal(true);
  });
});
