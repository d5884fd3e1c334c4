import { expect } from 'chai';
import { sayWhatOlderReleasesTake } from '../../src/importer/not-performed.ts';
import { IMPORT_REQUESTED, METADATA, newEvent } from '../support/events.ts';

describe('what older releases take', () => {
  const recorded = (type: string, log?: string) => ({
    ...newEvent({ ...IMPORT_REQUESTED, type }, log === undefined ? {} : { log }),
    ...{ stream: 'import-1', revision: 0, position: 1n },
  });

  it('is said once in a while: nobody performs these imports by itself', () => {
    const said: object[] = [];
    const take = sayWhatOlderReleasesTake({ warn: (fields) => void said.push(fields) });
    take(recorded('ImportRequested', 'a log'));
    take(recorded('ImportSucceeded'));
    expect(said).to.deep.equal([]);
    for (let count = 0; count < 3; count += 1) take(recorded('ImportRequested'));
    expect(said).to.deep.equal([{ since: METADATA.occurred_at, imports: 1 }]);
  });
});
