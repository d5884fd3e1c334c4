import { expect } from 'chai';
import { parseQuery } from '../../../../src/http/in/params/parse-params.ts';
import { form, json, objectsIn, parse, refusalOf, textOf } from './parse.ts';

describe('a query string', () => {
  it('wins over the body, in the place of the body', () => {
    expect(textOf(form('a=1&b[c]=2&d=3', 'b=4&e=5'))).to.equal('{"a":"1","b":"4","d":"3","e":"5"}');
    expect(textOf(json('{"a":1,"b":{"c":2}}', 'b[d]=3'))).to.equal('{"a":1,"b":{"d":"3"}}');
  });

  it('is separated by & and by ;', () => {
    expect(textOf(parse(undefined, null, 'a=1;b=2& c=3;;d'))).to.equal('{"a":"1","b":"2","c":"3","d":null}');
  });

  it('keeps a last NUL, unlike a body', () => {
    expect(textOf(parse(undefined, null, 'a=%00'))).to.equal('{"a":"\\u0000"}');
  });

  it('may hold UTF-8 unescaped, one character a byte as Node has it', () => {
    expect(textOf(parse(undefined, null, Buffer.from('é=ü').toString('latin1')))).to.equal('{"é":"ü"}');
    expect(refusalOf(() => parse(undefined, null, 'a=\xff'))).to.include({ status: 400, code: 'not_utf8' });
  });

  it('cannot replace the controller and the action', () => {
    expect(JSON.stringify(form('a=1', 'action=x'))).to.equal(
      '{"a":"1","action":"create","controller":"api/v1/imports"}',
    );
  });

  it('sets __proto__ as a plain key', () => {
    const params = form('a=1', '__proto__[b]=2');
    expect(textOf(params)).to.equal('{"a":"1","__proto__":{"b":"2"}}');
    expect(Object.getPrototypeOf(params)).to.equal(null);
  });

  it('of a GET is read alone, without controller and action', () => {
    const params = parseQuery('album_id=5005800000HEXCtAAP;page[size]=2');
    expect(JSON.stringify(params)).to.equal('{"album_id":"5005800000HEXCtAAP","page":{"size":"2"}}');
    for (const object of objectsIn(params)) expect(Object.getPrototypeOf(object)).to.equal(null);
    expect(JSON.stringify(parseQuery(''))).to.equal('{}');
    expect(refusalOf(() => parseQuery('a=%'))).to.include({ status: 400, code: 'bad_escape' });
  });
});

describe('a body', () => {
  for (const contentType of [
    'text/plain',
    'text/json',
    'application/octet-stream',
    'application/vnd.api+json',
    'application/json/x',
    'application/jso',
    'application/xml',
    'multipart/alternative; boundary=x',
    'nonsense',
    ';',
  ]) {
    it(`of the media type "${contentType}" is refused, unless it is empty`, () => {
      expect(refusalOf(() => parse(contentType, '{"a":1}', 'b=1'))).to.include({ status: 415, code: 'type_not_read' });
      expect(textOf(parse(contentType, '', 'b=1'))).to.equal('{"b":"1"}');
    });
  }

  for (const charset of ['utf-16', 'utf-7', 'ebcdic-cp-us', 'iso-2022-jp', 'x', '""']) {
    it(`in the charset ${charset} is refused, unless it is empty`, () => {
      for (const type of ['application/x-www-form-urlencoded', 'application/json']) {
        const contentType = `${type}; charset=${charset}`;
        expect(refusalOf(() => parse(contentType, '1'))).to.include({ status: 415, code: 'charset_not_read' });
        expect(textOf(parse(contentType, ''))).to.equal('{}');
      }
    });
  }

  it('without a media type is a form', () => {
    for (const type of [undefined, '', ' ']) expect(textOf(parse(type, 'a=1')), type).to.equal('{"a":"1"}');
  });

  it('whose media type was joined to others has the first, with its parameters', () => {
    for (const type of [
      'application/json, application/json',
      ', application/json',
      'application/json,application/x-www-form-urlencoded; charset=utf-16',
      'application/json; x="a,b\\"; charset=utf-8,text/plain',
    ]) {
      expect(textOf(parse(type, '{"a":1}')), type).to.equal('{"a":1}');
    }
    const parts = '--a,b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--a,b--';
    const type = 'multipart/form-data; boundary="a,b", multipart/form-data; boundary="c"';
    expect(textOf(parse(type, parts))).to.equal('{"a":"1"}');
  });

  it('is read by its media type in any case, with parameters or none', () => {
    for (const type of [
      'APPLICATION/JSON',
      ' application/json ',
      'application/json;charset=utf-8',
      'application/json, x',
    ]) {
      expect(textOf(parse(type, '{"a":1}')), type).to.equal('{"a":1}');
    }
    expect(textOf(parse('Application/X-WWW-Form-Urlencoded ; charset="UTF-8"', 'a=1'))).to.equal('{"a":"1"}');
  });

  it('that is empty or missing has no parameters, whatever its media type', () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      expect(textOf(parse(type, ''))).to.equal('{}');
      expect(textOf(parse(type, null))).to.equal('{}');
    }
  });
});
