import { accessDecider, type RecordAccess } from '../../src/commands/access.ts';
import type { Fact } from '../../src/events/event-types.ts';
import { given } from '../support/given.ts';

const [older, newer] = ['0123456789abcdef', 'fedcba9876543210'];
const introduced = (key: string): Fact => ({ type: 'KeyIntroduced', data: { key } });
const retired: Fact = { type: 'KeyRetired', data: { key: older } };
const introduce = (key: string): RecordAccess => ({ type: 'IntroduceKey', data: { key } });
const retire: RecordAccess = { type: 'RetireKey', data: { key: older } };

describe('access past the API', () => {
  it('is recorded each time', () => {
    const data = { after: '0', up_to: '3', events: 3, to: 'standard output' };
    const exported: Fact = { type: 'LogExported', data };
    given(accessDecider, exported).when({ type: 'ExportLog', data }).then(exported);
  });

  it('introduces a key, unless it is known', () => {
    given(accessDecider).when(introduce(older)).then(introduced(older));
    given(accessDecider, introduced(older)).when(introduce(older)).then();
    given(accessDecider, introduced(older)).when(introduce(newer)).then(introduced(newer));
    given(accessDecider, introduced(older), introduced(newer)).when(introduce(older)).then();
  });

  it('retires a key once', () => {
    given(accessDecider, introduced(older)).when(retire).then(retired);
    given(accessDecider, introduced(older), retired).when(retire).then();
    given(accessDecider, introduced(older), retired).when(introduce(older)).then(introduced(older));
  });
});
