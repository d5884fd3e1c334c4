import { expect } from 'chai';
import { form, objectsIn, parse, refusalOf, textOf } from './parse.ts';

describe('a form body', () => {
  it("of the original's document is read in the order sent", () => {
    const body =
      'album_id=5005800000HEXCtAAP&filename=Image456.jpg&import_type=salesforce' +
      '&metadatas[contentDocumentId]=0694I000008HV8MQAW&content_document_id=0694I000008HV8MQAW';
    expect(JSON.stringify(form(body))).to.equal(
      '{"album_id":"5005800000HEXCtAAP","filename":"Image456.jpg","import_type":"salesforce",' +
        '"metadatas":{"contentDocumentId":"0694I000008HV8MQAW"},"content_document_id":"0694I000008HV8MQAW",' +
        '"controller":"api/v1/imports","action":"create"}',
    );
  });

  const readings: [fact: string, body: string, params: string][] = [
    ['takes the last of a repeated name, in the place of the first', 'a=1&b=2&a=3', '{"a":"3","b":"2"}'],
    ['makes a list of a name that ends in []', 'a[]=1&a[]=2', '{"a":["1","2"]}'],
    ['takes a number in brackets for a name, not an index', 'a[1]=x', '{"a":{"1":"x"}}'],
    [
      'starts a new element where the last one has the name',
      'a[][x]=1&a[][y]=2&a[][x]=3',
      '{"a":[{"x":"1","y":"2"},{"x":"3"}]}',
    ],
    [
      'compares nested names in elements',
      'a[][x][y]=1&a[][x][z]=2&a[][x][y]=3',
      '{"a":[{"x":{"y":"1","z":"2"}},{"x":{"y":"3"}}]}',
    ],
    ['takes a null for nothing if a structure follows', 'a&a[b]=1&c&c[]=2', '{"a":{"b":"1"},"c":["2"]}'],
    ['leaves nulls out of lists', 'a[]&a[]=1&b[][c]', '{"a":["1"],"b":[{"c":null}]}'],
    ['drops a list in an element that exists', 'a[][b]=1&a[][]=2', '{"a":[{"b":"1"}]}'],
    ['ignores a pair that has no name', '=1&[]=2&[=3&]=4&a=5', '{"a":"5"}'],
    ['skips spaces after a separator, but no others', '& a=1&%20b=2&+c=3', '{"a":"1"," b":"2"," c":"3"}'],
    ['drops one last NUL, which old browsers send', 'a=1\0', '{"a":"1"}'],
    ['drops no more than one NUL', 'a=1\0\0', '{"a":"1\\u0000"}'],
    ['does not separate at a semicolon', 'a=1;b=2', '{"a":"1;b=2"}'],
    ['decodes + and escapes in names and values', 'a%5Bb%5D+c=%2B+%C3%A9', '{"a":{"b":{" c":"+ é"}}}'],
    ['has no parameters if it is empty', '', '{}'],
    ['of one NUL has no parameters', '\0', '{}'],
  ];
  for (const [fact, body, params] of readings) {
    it(fact, () => {
      expect(textOf(form(body))).to.equal(params);
    });
  }

  it('takes bytes that are UTF-8 as they are', () => {
    expect(textOf(form('é[ü]=日本 +1'))).to.equal('{"é":{"ü":"日本  1"}}');
  });

  it('makes plain keys of __proto__ and constructor, at every level', () => {
    const params = form('__proto__[polluted]=1&a[__proto__][polluted]=2&constructor[prototype][polluted]=3');
    expect(textOf(params)).to.equal(
      '{"__proto__":{"polluted":"1"},"a":{"__proto__":{"polluted":"2"}},"constructor":{"prototype":{"polluted":"3"}}}',
    );
    expect(({} as { polluted?: string }).polluted).to.equal(undefined);
    for (const object of objectsIn(params)) expect(Object.getPrototypeOf(object)).to.equal(null);
  });

  it('has the service’s controller and action, at the place of those that a caller sent', () => {
    expect(JSON.stringify(form('action[x]=1&a=2&controller=users'))).to.equal(
      '{"action":"create","a":"2","controller":"api/v1/imports"}',
    );
  });

  it('is read as UTF-8 if its charset has the characters of ASCII, and refused if it is not UTF-8', () => {
    expect(textOf(parse('application/x-www-form-urlencoded; charset=iso-8859-1', 'a=%C3%A9'))).to.equal('{"a":"é"}');
    expect(refusalOf(() => parse('application/x-www-form-urlencoded; charset=iso-8859-1', 'a=%E9'))).to.include({
      status: 400,
      code: 'not_utf8',
    });
  });

  it('with a % that is no escape is refused with the name of the parameter', () => {
    for (const body of ['a=100%', 'a=%', 'a=%4', 'a=%zz', 'a=%4g', 'a=1&%a']) {
      expect(refusalOf(() => form(body))).to.include({ status: 400, code: 'bad_escape' });
    }
    expect(refusalOf(() => form('filename=100%')).message)
      .to.contain('"filename"')
      .and.to.contain('%25');
  });

  it('with conflicting shapes is refused', () => {
    for (const body of [
      'a=1&a[b]=2',
      'a[b]=1&a[]=2',
      'a[]=1&a[b]=2',
      'a=1&a[]=2',
      'a=&a[b]=1',
      'a[][b]=1&a[][b][c]=2&a[c]=3',
    ]) {
      expect(refusalOf(() => form(body))).to.include({ status: 400, code: 'conflicting_parameters' });
    }
  });

  it('with bytes that are not UTF-8 is refused, escaped or not, in a value or a name', () => {
    for (const body of [
      'a=%ff',
      'a=%C3',
      'a=%ED%A0%80',
      '%ff=1',
      'a[%ff]=1',
      'a[]=%ff',
      'a[][b]=%ff',
      'controller=%ff',
    ]) {
      expect(
        refusalOf(() => form(body)),
        body,
      ).to.include({ status: 400, code: 'not_utf8' });
    }
    expect(refusalOf(() => form(Buffer.from('a=\xff', 'latin1')))).to.include({ status: 400, code: 'not_utf8' });
    expect(refusalOf(() => form(Buffer.from('\xff=a', 'latin1')))).to.include({ status: 400, code: 'not_utf8' });
  });

  it('may have bytes that are not UTF-8 in a value that another replaces, as in Rails', () => {
    expect(textOf(form('a=%ff&a=1&[=%ff'))).to.equal('{"a":"1"}');
  });

  it('is refused with the name of the parameter, shortened and without its value', () => {
    const { message } = refusalOf(() => form(`${'n'.repeat(5000)}=hunter2%`));
    expect(message).to.contain('nnn…').and.not.to.contain('hunter2');
    expect(message.length).to.be.lessThan(250);
  });

  it('is refused without showing a credential that is part of a name by mistake', () => {
    for (const body of ['{"password":"hunter2","a":"100%"}', '%7B%22a%22%3A%22hunter2%22%7D=%', 'Cookie: hunter2%']) {
      expect(refusalOf(() => form(body)).message).not.to.contain('hunter2');
    }
    expect(refusalOf(() => form('metadatas%5Bcode postal%5D=%')).message).to.contain('"metadatas%5Bcode postal%5D"');
  });
});
