import { expect } from 'chai';
import { FORM, form, json, parse, refusalOf } from './parse.ts';

const MEBIBYTE = 1 << 20;
const filled = (text: string) => text.repeat(Math.ceil(MEBIBYTE / text.length)).slice(0, MEBIBYTE);
const many = (count: number, text: string, separator: string) => Array(count).fill(text).join(separator);

const part = (name: string) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n1\r\n`;
const multipart = (body: string) => parse('multipart/form-data; boundary=b', `${body}--b--`);

describe('the limit of 4096 parameters', () => {
  const tooMany = { status: 400, code: 'too_many_parameters' };

  it('counts pairs of a form, including empty ones', () => {
    expect(Object.keys(form(many(4096, 'a=1', '&')))).to.have.length(3);
    expect(refusalOf(() => form(many(4097, 'a=1', '&')))).to.include(tooMany);
    expect(refusalOf(() => form('&'.repeat(4097)))).to.include(tooMany);
  });

  it('counts the body and the query together', () => {
    form(many(4000, 'a=1', '&'), many(96, 'b', ';'));
    expect(refusalOf(() => form(many(4000, 'a=1', '&'), many(97, 'b', ';')))).to.include(tooMany);
    expect(refusalOf(() => json(`[${many(4096, '0', ',')}]`, 'a'))).to.include(tooMany);
  });

  it('counts members and elements at every depth of JSON', () => {
    json(`{"a":[${many(4095, '0', ',')}]}`);
    expect(refusalOf(() => json(`{"a":[${many(4096, '0', ',')}]}`))).to.include(tooMany);
    json(`{"a":[${many(2047, '{"b":1}', ',')}]}`);
    expect(refusalOf(() => json(`{"a":[${many(2048, '{"b":1}', ',')}]}`))).to.include(tooMany);
    expect(refusalOf(() => json(`{${many(4097, '"a":1', ',')}}`))).to.include(tooMany);
  });

  it('counts no commas or brackets within the texts of JSON, and no empty structure', () => {
    json(JSON.stringify({ a: ',"[{\\'.repeat(5000) }));
    json(`[${many(4096, '[ ]', ',')}]`);
  });

  it('counts parts of a multipart body', () => {
    multipart(part('a').repeat(4096));
    expect(refusalOf(() => multipart(part('a').repeat(4097)))).to.include(tooMany);
  });

  it('counts the objects that deep names make, too, so that a small body does not become a large structure', () => {
    form(many(4096, 'a[][b]=1', '&'));
    const body = Array.from({ length: 4096 }, (_, i) => `${i}${'[b]'.repeat(80)}`).join('&');
    expect(refusalOf(() => form(body))).to.include(tooMany);
  });
});

describe('the limit of 100 levels', () => {
  const tooDeep = { status: 400, code: 'parameters_too_deep' };

  it('counts the brackets in a name', () => {
    form(`a${'[b]'.repeat(99)}=1`);
    expect(refusalOf(() => form(`a${'[b]'.repeat(100)}=1`))).to.include(tooDeep);
    expect(refusalOf(() => form('a=1', `a${'[b]'.repeat(100)}`))).to.include(tooDeep);
    expect(refusalOf(() => form(`a${'[][b]'.repeat(100)}`))).to.include(tooDeep);
    expect(refusalOf(() => multipart(part(`a${'[b]'.repeat(100)}`)))).to.include(tooDeep);
  });

  it('counts the brackets of JSON, of objects and of lists', () => {
    json(`${'['.repeat(100)}${']'.repeat(100)}`);
    expect(refusalOf(() => json(`${'['.repeat(101)}${']'.repeat(101)}`))).to.include(tooDeep);
    expect(refusalOf(() => json(`${'{"a":'.repeat(101)}1.0${'}'.repeat(101)}`))).to.include(tooDeep);
  });

  it('does not count structures at the same level', () => {
    json(`[${many(300, '[1]', ',')}]`);
  });
});

describe('1 MiB of hostile text', () => {
  const hostileForms: [text: string, code: string | null][] = [
    ['[a]', 'parameters_too_deep'],
    ['&', 'too_many_parameters'],
    ['&a', 'too_many_parameters'],
    ['%', 'bad_escape'],
    ['%ff', 'bad_escape'],
    ['[', null],
    [']', null],
    ['[]x', 'parameters_too_deep'],
    [' ', null],
    ['+', null],
    ['=', null],
    [';', null],
    ['\0', null],
  ];
  for (const [text, code] of hostileForms) {
    it(`of ${JSON.stringify(text)} in a form is ${code === null ? 'read' : `refused as ${code}`}`, () => {
      const run = () => form(`a${filled(text)}`);
      if (code === null) run();
      else expect(refusalOf(run).code).to.equal(code);
    });
  }

  const hostileJson: [text: string, code: string][] = [
    ['[', 'parameters_too_deep'],
    ['{"a":', 'parameters_too_deep'],
    [',', 'too_many_parameters'],
    ['"', 'malformed_json'],
    ['\\', 'malformed_json'],
    [']', 'malformed_json'],
    ['-', 'malformed_json'],
  ];
  for (const [text, code] of hostileJson) {
    it(`of ${JSON.stringify(text)} as JSON is refused as ${code}`, () => {
      expect(refusalOf(() => json(filled(text))).code).to.equal(code);
    });
  }

  it('in a conflict stops at the first conflict', () => {
    expect(refusalOf(() => form(`a=1&${filled('a[b]=1&')}`)).code).to.equal('conflicting_parameters');
  });

  it('in a media type or a part is refused', () => {
    expect(refusalOf(() => parse(`multipart/form-data${filled('; boundary="')}`, 'x')).status).to.equal(400);
    expect(refusalOf(() => multipart(filled('\n\r'))).status).to.equal(400);
    expect(refusalOf(() => multipart(filled('--b\r\n'))).status).to.equal(400);
    expect(Object.keys(parse(filled(`${FORM};`), 'a=1'))).to.have.length(3);
  });
});
