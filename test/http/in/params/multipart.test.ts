import { expect } from 'chai';
import { objectsIn, parse, refusalOf, textOf } from './parse.ts';

const TYPE = 'multipart/form-data; boundary=AaB03x';

const part = (disposition: string, value: string) =>
  `--AaB03x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`;
const END = '--AaB03x--\r\n';
const multipart = (body: string) => parse(TYPE, Buffer.from(body));

describe('a multipart body', () => {
  it('gives its text fields in order, nested as in a form', () => {
    const body =
      part('name="album_id"', '5005800000HEXCtAAP') +
      part('name="metadatas[contentDocumentId]"', '0694I000008HV8MQAW') +
      part('name="tags[]"', 'a') +
      part('name="tags[]"', 'b');
    expect(textOf(multipart(body + END))).to.equal(
      '{"album_id":"5005800000HEXCtAAP","metadatas":{"contentDocumentId":"0694I000008HV8MQAW"},"tags":["a","b"]}',
    );
  });

  it('is read as the web standard reads it, whoever wrote it', async () => {
    const fields = new FormData();
    fields.append('a[b]', 'é\r\nü');
    fields.append('a[c]', '');
    const response = new Response(fields);
    const body = Buffer.from(await response.arrayBuffer());
    expect(textOf(parse(response.headers.get('content-type') ?? '', body))).to.equal('{"a":{"b":"é\\r\\nü","c":""}}');
  });

  it('keeps +, % and & as they are, and a byte-order mark', () => {
    expect(textOf(multipart(part('name="a+%41"', '\ufeff1+%zz&b=2') + END))).to.equal('{"a+%41":"\ufeff1+%zz&b=2"}');
  });

  const written: [fact: string, part: string, params: string][] = [
    ['a name without quotes', part('name=a', '1'), '{"a":"1"}'],
    ['a name with an escaped quote', part('name="a\\"b"', '1'), '{"a\\"b":"1"}'],
    ['a name that is not ASCII', part('name="é"', '1'), '{"é":"1"}'],
    ['a parameter of another name before it', part('x=y; Name="a"', '1'), '{"a":"1"}'],
    [
      'other headers, in any case',
      '--AaB03x\r\nX: y\r\ncontent-type: text/plain; charset=utf-8\r\nCONTENT-DISPOSITION:form-data;name="a"\r\n\r\n1\r\n',
      '{"a":"1"}',
    ],
    ['a folded header', '--AaB03x\r\nContent-Disposition: form-data;\r\n name="a"\r\n\r\n1\r\n', '{"a":"1"}'],
    ['spaces after the boundary', part('name="a"', '1').replace('AaB03x', 'AaB03x \t'), '{"a":"1"}'],
    ['a value with lines that look like a boundary', part('name="a"', '--AaB03\r\n--x'), '{"a":"--AaB03\\r\\n--x"}'],
    ['a value of another media type', part('name="a"\r\nContent-Type: application/json', '{}'), '{"a":"{}"}'],
    [
      'another disposition than form-data',
      '--AaB03x\r\nContent-Disposition: attachment; name="a"\r\n\r\n1\r\n',
      '{"a":"1"}',
    ],
    ['no name, for which it gets one by its type', part('x="a"', '1'), '{"text/plain":["1"]}'],
    [
      'an empty name and a type',
      part('name=""\r\nContent-Type: application/json; x=y', '1'),
      '{"application/json; x=y":["1"]}',
    ],
    ['an id for a name', '--AaB03x\r\nContent-ID: a\r\n\r\n1\r\n', '{"a":"1"}'],
    ['a file field that was left empty, which is skipped', part('name="a"; filename=""', ''), '{}'],
    [
      'such a field as browsers send it',
      part('name="a"; filename=""\r\nContent-Type: application/octet-stream', ''),
      '{}',
    ],
  ];
  for (const [fact, text, params] of written) {
    it(`may have ${fact}`, () => {
      expect(textOf(multipart(text + END))).to.equal(params);
    });
  }

  for (const type of ['multipart/related', 'Multipart/Mixed']) {
    it(`may be ${type}`, () => {
      const body = Buffer.from(part('name="a"', '1') + END);
      expect(textOf(parse(`${type}; boundary=AaB03x`, body))).to.equal('{"a":"1"}');
    });
  }

  const inCharset: [charset: string, bytes: string, text: string][] = [
    ['charset=ISO-8859-1', '\xc9t\xe9 \x80', 'Été \u0080'],
    ['x=y; charset="iso-8859-1"', '\xc9', 'É'],
    ['charset=windows-1252', '\x80 \xc9', '€ É'],
    ['charset=iso-8859-15', '\xa4', '€'],
    ['charset=Shift_JIS', '\x83\x41', 'ア'],
    ['charset=utf8', '\xc3\x89', 'É'],
    ['charset=us-ascii', 'E', 'E'],
  ];
  for (const [charset, bytes, text] of inCharset) {
    it(`has a text part with ${charset} read in that charset, and its name, too`, () => {
      const field = part(`name="${bytes}"\r\nContent-Type: text/plain; ${charset}`, bytes) + END;
      expect(JSON.parse(textOf(parse(TYPE, Buffer.from(field, 'latin1'))))).to.deep.equal({ [text]: text });
    });
  }

  it('has parts of other types read in UTF-8, whatever their charset', () => {
    const field = (value: string) => part(`name="a"\r\nContent-Type: text/html; charset=ISO-8859-1`, value) + END;
    expect(textOf(multipart(field('É')))).to.equal('{"a":"É"}');
    expect(refusalOf(() => parse(TYPE, Buffer.from(field('\xc9'), 'latin1'))).code).to.equal('not_utf8');
  });

  it('with bytes that are not of their part’s charset is refused', () => {
    for (const [charset, bytes] of [
      ['us-ascii', '\xc9'],
      ['utf-8', '\xc9'],
      ['shift_jis', '\x83'],
    ]) {
      const field = part(`name="a"\r\nContent-Type: text/plain; charset=${charset}`, `${bytes}`) + END;
      const refusal = refusalOf(() => parse(TYPE, Buffer.from(field, 'latin1')));
      expect(refusal, charset).to.include({ status: 400, code: 'not_utf8' });
    }
  });

  it('with a part in a charset that is not read is refused with 415', () => {
    for (const charset of ['utf-16', 'UTF-7', 'x-none', '']) {
      const field = part(`name="a"\r\nContent-Type: text/plain; charset="${charset}"`, 'a') + END;
      expect(
        refusalOf(() => multipart(field)),
        charset,
      ).to.include({ status: 415, code: 'charset_not_read' });
    }
  });

  it('may have text before its first boundary and after its last', () => {
    expect(textOf(multipart(`preamble\r\n${part('name="a"', '1')}${END}epilogue`))).to.equal('{"a":"1"}');
  });

  it('with a boundary after its last one, or a first one that is not on its own line, is refused, since fields would be lost', () => {
    const field = part('name="a"', '1');
    for (const body of [
      `${field}${END}${field}${END}`,
      `${field}${END}\r\n${field}${END}`,
      `${field}${END}${END}`,
      `${field}--AaB03x--${field}`,
      `${field}--AaB03x--\n--AaB03x\nContent-Disposition: form-data; name="b"\n\n2`,
      `${END}${field}${END}`,
      `\n${field}${END}`,
      `preamble\n${field}${field}${END}`,
      `preamble${field}${field}${END}`,
      // A value that has a line like the last boundary.
      `${part('name="a"', '1\r\n--AaB03x--\r\n2')}${END}`,
    ]) {
      expect(
        refusalOf(() => multipart(body)),
        body,
      ).to.include({ status: 400, code: 'malformed_multipart' });
    }
  });

  it('may have no parts', () => {
    expect(textOf(multipart(END))).to.equal('{}');
  });

  it('may quote its boundary', () => {
    expect(textOf(parse('Multipart/Form-Data; charset=x; Boundary="AaB03x"', part('name="a"', '1') + END))).to.equal(
      '{"a":"1"}',
    );
  });

  it('with a file is refused with 415, by the name of the field', () => {
    for (const filename of [
      'filename="x.jpg"',
      'filename=x.jpg',
      "filename*=UTF-8''x.jpg",
      'filename="C:\\dir\\x.jpg"',
    ]) {
      const refusal = refusalOf(() =>
        parse(TYPE, Buffer.from(part(`name="photo"; ${filename}`, '\xff\xd8') + END, 'latin1')),
      );
      expect(refusal).to.include({ status: 415, code: 'file_not_accepted' });
      expect(refusal.message).to.contain('"photo"').and.to.contain('text fields only');
    }
  });

  it('with a file without a name is refused with 415 if it has a byte, like any file', () => {
    for (const filename of ['filename=""', 'filename=', 'filename*=', 'FileName=""', 'filename=""; filename*=""']) {
      const body = (value: string) => part(`name="album_id"; ${filename}`, value) + END;
      for (const value of ['500', ' ', '\r\n', '\0']) {
        expect(
          refusalOf(() => multipart(body(value))),
          filename,
        ).to.include({ status: 415, code: 'file_not_accepted' });
      }
      expect(textOf(multipart(body(''))), filename).to.equal('{}');
    }
  });

  it('with an empty file that has a name is refused with 415, also if an empty name is before it', () => {
    for (const filename of ['filename="x.jpg"', `filename=""; filename*=UTF-8''x.jpg`]) {
      const refusal = refusalOf(() => multipart(part(`name="a"; ${filename}`, '') + END));
      expect(refusal, filename).to.include({ status: 415, code: 'file_not_accepted' });
    }
  });

  const broken: [fact: string, contentType: string, body: string][] = [
    ['no boundary in its type', 'multipart/form-data', part('name="a"', '1') + END],
    ['an empty boundary in its type', 'multipart/form-data; boundary=', part('name="a"', '1') + END],
    [
      'a boundary of more than 70 characters',
      `multipart/form-data; boundary=${'x'.repeat(71)}`,
      `--${'x'.repeat(71)}--`,
    ],
    ['another boundary than its type says', 'multipart/form-data; boundary=other', part('name="a"', '1') + END],
    ['no last boundary', TYPE, part('name="a"', '1')],
    ['an end within a value', TYPE, part('name="a"', '1').slice(0, -3)],
    ['an end within headers', TYPE, '--AaB03x\r\nContent-Disp'],
    ['an end within the last boundary', TYPE, `${part('name="a"', '1')}--AaB03x-`],
    ['a boundary that goes on', TYPE, part('name="a"', '1\r\n--AaB03xyz') + END],
    ['a part without headers', TYPE, `--AaB03x\r\n\r\n1\r\n${END}`],
    [
      'a part whose headers do not end',
      TYPE,
      `--AaB03x\r\nContent-Disposition: form-data; name="a"\r\n${part('name="b"', '2')}${END}`,
    ],
    ['more than 16 parameters in a disposition', TYPE, part(`${'x="1"; '.repeat(16)}name="a"`, '1') + END],
    ['more than 16 KiB of headers in a part', TYPE, part(`name="a"\r\nX: ${'x'.repeat(16_384)}`, '1') + END],
  ];
  for (const [fact, contentType, body] of broken) {
    it(`with ${fact} is refused`, () => {
      expect(refusalOf(() => parse(contentType, body))).to.include({ status: 400, code: 'malformed_multipart' });
    });
  }

  it('with bytes that are not UTF-8 in a name or a value is refused', () => {
    for (const text of [part('name="\xff"', '1'), part('name="a"', '\xff')]) {
      const body = Buffer.from(text + END, 'latin1');
      expect(refusalOf(() => parse(TYPE, body))).to.include({ status: 400, code: 'not_utf8' });
    }
  });

  it('makes a plain key of __proto__', () => {
    const params = multipart(part('name="__proto__[a]"', '1') + END);
    expect(textOf(params)).to.equal('{"__proto__":{"a":"1"}}');
    for (const object of objectsIn(params)) expect(Object.getPrototypeOf(object)).to.equal(null);
  });
});
