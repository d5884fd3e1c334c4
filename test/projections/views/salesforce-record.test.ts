import { expect } from 'chai';
import { recordNamed, salesforceId } from '../../../src/projections/views/salesforce-record.ts';

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
    const [document, version, attachment] = ['069000000000001AAA', '068000000000001AAA', '00P000000000001EAA'];
    expect(recordNamed('content_document_id', document)).to.deep.equal({ kind: 'ContentDocument', id: document });
    expect(recordNamed('content_document_id', version)).to.deep.equal({ kind: 'ContentVersion', id: version });
    expect(recordNamed('attachment_id', attachment)).to.deep.equal({ kind: 'Attachment', id: attachment });
    expect(recordNamed('attachment_id', document)).to.equal('of_something_else');
    expect(recordNamed('content_document_id', attachment)).to.equal('of_something_else');
    expect(recordNamed('attachment_id', '00p000000000001AAA')).to.equal('of_something_else');
    expect(recordNamed('content_document_id', '5005800000HEXCtAAP')).to.equal('of_something_else');
    expect(recordNamed('content_document_id', '069000000000001AAB')).to.equal('malformed');
  });
});
