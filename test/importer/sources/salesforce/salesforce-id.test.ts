import { expect } from 'chai';
import { kindOfRecord, salesforceId } from '../../../../src/importer/sources/salesforce/salesforce-id.ts';

describe('an id of Salesforce', () => {
  it('is the same with and without its checksum', () => {
    expect(salesforceId('5005800000HEXCtAAP')).to.equal('5005800000HEXCtAAP');
    expect(salesforceId('5005800000HEXCt')).to.equal('5005800000HEXCtAAP');
    expect(salesforceId('069000000000001')).to.equal('069000000000001AAA');
    expect(salesforceId('06900000000zZzZ')).to.equal('06900000000zZzZAAU');
  });

  for (const [what, text] of [
    ['a wrong checksum', '5005800000HEXCtAAQ'],
    ['letters of another case', '5005800000hexctAAP'],
    ['a checksum in small letters', '5005800000HEXCtaap'],
    ['another length', '5005800000HEXCtAA'],
    ['what could end a text in a query', "500580000'HEXCt"],
    ['letters of other alphabets', '50058000Ж0HEXCt'],
    ['a line break at its end', '5005800000HEXCt\n'],
    ['nothing in it', ''],
  ] as const) {
    it(`does not have ${what}`, () => {
      expect(salesforceId(text)).to.equal(null);
    });
  }

  it('says by its first characters what it is of', () => {
    expect(kindOfRecord('069000000000001AAA')).to.equal('ContentDocument');
    expect(kindOfRecord('068000000000001AAA')).to.equal('ContentVersion');
    expect(kindOfRecord('00P000000000001AAA')).to.equal('Attachment');
    expect(kindOfRecord('00p000000000001AAA')).to.equal(null);
    expect(kindOfRecord('5005800000HEXCtAAP')).to.equal(null);
  });
});
