import { expect } from 'chai';
import { CREDENTIAL_HEADERS } from '../../src/redaction/credential-headers.ts';
import { parsePaths } from '../../src/redaction/parameter-path.ts';
import { redactor } from '../../src/redaction/redact.ts';
import { form, json, objectsIn, textOf } from '../http/in/params/parse.ts';

const redact = redactor([]);

/** The parameters of a JSON body as they are recorded, as text. */
const recorded = (body: string, paths = '') =>
  textOf((paths === '' ? redact : redactor(parsePaths(paths)))(json(body)).recorded);

describe('credentials among the parameters', () => {
  it('are taken out of exact places, and returned with their originals', () => {
    const { recorded, taken } = redact(
      json(
        '{"a":1.0,"headers":{"Accept":"*/*","Authorization":"Bearer x","cookie":["a",1]},"url":"https://u:p@h/","z":2}',
      ),
    );
    expect(textOf(recorded)).to.equal(
      '{"a":1.0,"headers":{"Accept":"*/*","Authorization":"[FILTERED]","cookie":"[FILTERED]"},"url":"https://[FILTERED]@h/","z":2}',
    );
    expect(taken).to.deep.equal([
      { place: 'headers[Authorization]', original: 'Bearer x' },
      { place: 'headers[cookie]', original: ['a', 1] },
      { place: 'url', original: 'https://u:p@h/' },
    ]);
  });

  it('are taken out of a copy: the parameters that were sent do not change', () => {
    const sent = form('headers[Cookie]=a&b[c]=1&url=//u:p@h');
    const before = JSON.stringify(sent);
    const { recorded } = redact(sent);
    expect(JSON.stringify(sent)).to.equal(before);
    expect(recorded.b).to.equal(sent.b);
  });

  it('are in few requests: others are recorded as the same object', () => {
    for (const body of ['{}', '{"headers":{"Accept":"x"},"url":"https://h/"}', '{"headers":null,"url":null}']) {
      const sent = json(body);
      expect(redact(sent)).to.deep.equal({ recorded: sent, taken: [] });
      expect(redact(sent).recorded).to.equal(sent);
    }
  });

  it('leave no object with a prototype', () => {
    const { recorded } = redactor(parsePaths('__proto__[__proto__], a[constructor]'))(
      json('{"__proto__":{"__proto__":1,"b":2},"a":{"constructor":3},"headers":{"__proto__":{"x":1},"Cookie":"c"}}'),
    );
    expect(textOf(recorded)).to.equal(
      '{"__proto__":{"__proto__":"[FILTERED]","b":2},"a":{"constructor":"[FILTERED]"},"headers":{"__proto__":{"x":1},"Cookie":"[FILTERED]"}}',
    );
    for (const object of objectsIn(recorded)) expect(Object.getPrototypeOf(object)).to.equal(null);
  });

  it('are returned whole, once, if an operator names a part of a credential header', () => {
    const { recorded, taken } = redactor(parsePaths('headers[authorization][x]'))(
      json('{"headers":{"Authorization":{"x":1,"y":2}}}'),
    );
    expect(textOf(recorded)).to.equal('{"headers":{"Authorization":"[FILTERED]"}}');
    expect(taken.map(({ place, original }) => [place, JSON.stringify(original)])).to.deep.equal([
      ['headers[Authorization]', '{"x":1,"y":2}'],
    ]);
  });

  describe('in headers', () => {
    for (const name of CREDENTIAL_HEADERS) {
      it(`are the value of ${name}, in upper or lower case`, () => {
        for (const sent of [name, name.toUpperCase()]) {
          const { recorded, taken } = redact({ headers: { [sent]: 'x', Accept: 'y' } });
          expect(recorded).to.deep.equal({ headers: { [sent]: '[FILTERED]', Accept: 'y' } });
          expect(taken).to.deep.equal([{ place: `headers[${sent}]`, original: 'x' }]);
        }
      });
    }

    it('are any value but null', () => {
      for (const value of ['""', '1.0', 'false', '[]', '{"a":1}', '["a"]']) {
        expect(recorded(`{"headers":{"Cookie":${value}}}`)).to.equal('{"headers":{"Cookie":"[FILTERED]"}}');
      }
      expect(redact(json('{"headers":{"Cookie":null}}')).taken).to.deep.equal([]);
    });

    for (const body of [
      '{"headers":{"Accept":"Bearer x","X-Request-Id":"y","Authorization2":"z","If-Match":"\\"a\\""}}',
      '{"headers":["Authorization","x"]}',
      '{"headers":[["Authorization","x"],{"name":"Authorization","value":"y"}]}',
      '{"headers":"Authorization: Bearer x"}',
      '{"headers":1.0}',
      '{"headers":{"a":{"Authorization":"x"}}}',
      '{"Headers":{"Authorization":"x"}}',
      '{"Authorization":"x","authorization":"y","cookie":"z"}',
      '{"metadatas":{"headers":{"Authorization":"x"}}}',
      '{"metadatas":{"url":"https://u:p@h/"},"source_url":"https://u:p@h/","urls":["https://u:p@h/"]}',
      '{"url":["https://u:p@h/"]}',
      '{"url":{"a":"https://u:p@h/"}}',
    ]) {
      it(`are not looked for in ${body}`, () => {
        expect(recorded(body)).to.equal(body);
      });
    }
  });

  it('are never guessed in metadata, names, captions, ids, booleans and numbers', () => {
    const bodies = [
      '{"metadatas":{"pass":"yes","signature":"x","Access Key":"y","customer_signature":"z","requires_signature":false}}',
      '{"metadatas":{"token":12345678901234567890,"password":1.0,"secret":[true],"api_key":{"a":1}}}',
      '{"filename":"Basic Order form.pdf"}',
      '{"filename":"Bearer bonds.pdf","title":"Bearer abcdefghijklmnopqrstuvwxyz"}',
      '{"album_id":"Bearer Hall","caption":"Work authorization: approved by Bob"}',
      '{"token":"x","password":"y","ftp_pass":"z","basic_auth":"u:p","access_token":"t"}',
      '{"note":"eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiMSJ9.c2lnbmF0dXJl","curl":"curl -H \'Authorization: Bearer x\' https://u:p@h/"}',
      '{"eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiMSJ9.c2lnbmF0dXJl":null}',
      '{"name":"Authorization","value":"x","key":"Cookie","text":"a=b&password=c"}',
    ];
    for (const body of bodies) {
      const sent = json(body);
      expect(redact(sent).recorded, body).to.equal(sent);
      expect(recorded(body)).to.equal(body);
    }
  });

  describe("at the operator's paths", () => {
    it('are the values of parameters in the URL, if they name some in it', () => {
      const paths = 'url[token], url[Api_Key]';
      const sent = { url: 'https://h/1.png?size=2&TOKEN=abc&api%5fkey=d&key=e#token=f' };
      const { recorded, taken } = redactor(parsePaths(paths))(sent);
      expect(recorded).to.deep.equal({
        url: 'https://h/1.png?size=2&TOKEN=[FILTERED]&api%5fkey=[FILTERED]&key=e#token=[FILTERED]',
      });
      expect(taken).to.deep.equal([{ place: 'url', original: sent.url }]);
      expect(redact(sent)).to.deep.equal({ recorded: sent, taken: [] });
      const signed = { url: 'https://h/?X-Amz-Signature=a&token=b' };
      expect(redactor(parsePaths(paths))(signed).recorded).to.deep.equal({
        url: 'https://h/?X-Amz-Signature=[FILTERED]&token=[FILTERED]',
      });
    });

    it('are taken out whole', () => {
      expect(
        recorded(
          '{"metadatas":{"ssn":123,"SSN":4},"ftp_pass":"x","url":"https://h/"}',
          'metadatas[ssn],ftp_pass , url',
        ),
      ).to.equal('{"metadatas":{"ssn":"[FILTERED]","SSN":4},"ftp_pass":"[FILTERED]","url":"[FILTERED]"}');
    });

    it('are returned as they were sent, and each once', () => {
      const { taken } = redactor(parsePaths('a[b], a, a[b][c], a, url, headers[Cookie]'))(
        json('{"a":{"b":{"c":1}},"url":"https://u:p@h/","headers":{"cookie":"x"}}'),
      );
      expect(taken.map(({ place }) => place)).to.deep.equal(['a', 'url', 'headers[cookie]']);
      expect(JSON.stringify(taken[0]?.original)).to.equal('{"b":{"c":1}}');
    });

    it('are none if nothing, null or another form was sent', () => {
      for (const body of [
        '{"b":1}',
        '{"a":null}',
        '{"a":"x"}',
        '{"a":{"c":1}}',
        '{"a":{"b":null}}',
        '{"a":[{"b":1}]}',
        '{"a":1.0}',
      ]) {
        expect(recorded(body, 'a[b]'), body).to.equal(body);
      }
      expect(recorded('{"x":{"a[b]":1},"a[b]":2}', 'a[b]')).to.equal('{"x":{"a[b]":1},"a[b]":2}');
    });

    it('are headers in upper or lower case', () => {
      expect(recorded('{"headers":{"x-OWN":"a","Y":"b"}}', 'headers[X-Own]')).to.equal(
        '{"headers":{"x-OWN":"[FILTERED]","Y":"b"}}',
      );
      const { taken } = redactor(parsePaths('headers[X-Own]'))({ headers: { 'X-Own': 'a' } });
      expect(taken).to.deep.equal([{ place: 'headers[X-Own]', original: 'a' }]);
      expect(recorded('{"headers":["a"]}', 'headers')).to.equal('{"headers":"[FILTERED]"}');
    });
  });
});
