import { expect } from 'chai';
import { ImportFailure } from '../../../../src/importer/import-failure.ts';
import { fileIn } from '../../../../src/importer/sources/salesforce/file-record.ts';

const ID = '0680000000000AAAAA';

describe('the record of a file at Salesforce', () => {
  for (const [said, taken] of [
    ['3', '3'],
    [3, '3'],
    [null, null],
  ] as const) {
    it(`has the number of the version: ${JSON.stringify(said)}`, () => {
      expect(fileIn('ContentVersion', [{ Id: ID.slice(0, 15), VersionNumber: said }]).versionNumber).to.equal(taken);
    });
  }

  for (const [what, said] of [
    ['is endless, which no event could hold', '1'.repeat(900_000)],
    ['is nested so deep that it cannot be written', JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))],
  ] as const) {
    it(`is not understood if the number of its version ${what}`, () => {
      expect(() => fileIn('ContentVersion', [{ Id: ID.slice(0, 15), VersionNumber: said }]))
        .to.throw(ImportFailure)
        .with.property('reason', 'source_unavailable');
    });
  }
});
