import { expect } from 'chai';
import { filterCredentials } from '../../../src/http/params/filter-credentials.ts';
import { form, json, objectsIn, textOf } from './parse.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiMSJ9.c2lnbmF0dXJl';
const BASIC = Buffer.from('user:password').toString('base64');

const filteredText = (text: string) => filterCredentials({ text }).text;

describe('filtering credentials', () => {
  it('returns the very same object where there are none', () => {
    const params = json(
      JSON.stringify({
        album_id: '5005800000HEXCtAAP',
        filename: 'Image 456 (copy).jpg',
        import_type: 'salesforce',
        metadatas: { contentDocumentId: '0694I000008HV8MQAW', list: [1, 1.5, true, null, 'a: b', [['x', 'y']]] },
        url: 'https://host.example:8080/path?id=1&size=large#token',
        at: '2019-04-08T19:38:58.041+02:00',
      }),
    );
    expect(filterCredentials(params)).to.equal(params);
  });

  it('copies only what changes', () => {
    const params = form('a[b]=1&c[password]=2');
    const filtered = filterCredentials(params);
    expect(filtered.a).to.equal(params.a);
    expect(textOf(params)).to.equal('{"a":{"b":"1"},"c":{"password":"2"}}');
    expect(textOf(filtered)).to.equal('{"a":{"b":"1"},"c":{"password":"[FILTERED]"}}');
  });

  it('keeps the order, and gives no object a prototype', () => {
    const filtered = filterCredentials(json('{"a":1.0,"token":[1],"__proto__":{"secret":{"b":1},"c":2},"d":3}'));
    expect(textOf(filtered)).to.equal('{"a":1.0,"token":"[FILTERED]","__proto__":{"secret":"[FILTERED]","c":2},"d":3}');
    for (const object of objectsIn(filtered)) expect(Object.getPrototypeOf(object)).to.equal(null);
  });

  it('leaves what it has filtered as it is', () => {
    const once = filterCredentials({
      [JWT]: null,
      token: 'x',
      line: 'Authorization: Bearer x',
      url: 'https://user:pass@host/?access_token=abc&sig=def',
      text: `curl -H 'Authorization: Bearer x' ${JWT}`,
      object: '{"password":"x"}',
      headers: [{ name: 'Cookie', value: 'a=b' }, ['Authorization', 'x']],
    });
    expect(filterCredentials(once)).to.equal(once);
  });

  describe('by name', () => {
    const credentials = [
      ...[
        'Authorization',
        'proxy-authorization',
        'HTTP_AUTHORIZATION',
        'headers.Authorization',
        'auth',
        'bearer',
        'jwt',
      ],
      ...['password', 'user_password', 'passwordConfirmation', 'password2', 'passwd', 'pwd', 'passphrase', 'pass word'],
      ...['secret', 'client_secret', 'clientSecret', 'secrets', 'AWS_SECRET_ACCESS_KEY', 'secretKey', 'private_key'],
      ...['token', 'tokens', 'access_token', 'refreshToken', 'X-CSRF-Token', 'X-Auth-Token', 'oauth_token', 'id-token'],
      ...['api_key', 'apikey', 'X-Api-Key', 'apiKeys', 'access-key', 'Ocp-Apim-Subscription-Key', 'accountKey'],
      ...['cookie', 'Set-Cookie', 'cookies', 'sessionid', 'session_id', 'JSESSIONID', 'PHPSESSID', 'sid'],
      ...['credential', 'credentials', 'X-Amz-Credential', 'signature', 'X-Amz-Signature', 'sig', 'sas', 'sas_token'],
    ];
    for (const name of credentials) {
      it(`replaces what is sent as "${name}"`, () => {
        expect(filterCredentials({ a: { [name]: 'x' } })).to.deep.equal({ a: { [name]: '[FILTERED]' } });
      });
    }

    const ordinary = [
      ...[
        'contentDocumentId',
        'content_document_id',
        'filename',
        'album_id',
        'metadatas',
        'import_type',
        'url',
        'tags',
      ],
      ...['key', 'keys', 'author', 'authored_by', 'authority', 'tokens_count', 'max_tokens', 'tokenizer', 'secretary'],
      ...[
        'compass',
        'passenger',
        'bypass',
        'design',
        'signed_by',
        'session',
        'sidebar',
        'keyboard',
        'keywords',
        'side',
      ],
      ...[
        'controller',
        'action',
        'name',
        'value',
        'headers',
        'cookie_policy',
        'texas',
        'kansas',
        'monkey',
        'primary_key',
      ],
    ];
    for (const name of ordinary) {
      it(`leaves what is sent as "${name}"`, () => {
        const params = { a: { [name]: 'x' } };
        expect(filterCredentials(params)).to.equal(params);
      });
    }

    it('replaces any value but null: numbers, lists, objects, the empty text', () => {
      const filtered = filterCredentials(
        json('{"pwd":1.0,"token":[1],"secret":{"a":1},"cookie":"","sid":false,"sig":null}'),
      );
      expect(textOf(filtered)).to.equal(
        '{"pwd":"[FILTERED]","token":"[FILTERED]","secret":"[FILTERED]","cookie":"[FILTERED]","sid":"[FILTERED]","sig":null}',
      );
    });

    it('replaces the values of pairs that are spelled out', () => {
      for (const [name, value] of [
        'name/value',
        'key/value',
        'header/value',
        'Name/Values',
        'header_name/header_value',
      ].map((pair) => pair.split('/') as [string, string])) {
        const body = `headers[][${name}]=Authorization&headers[][${value}]=x&headers[][${name}]=Accept&headers[][${value}]=y`;
        expect(textOf(filterCredentials(form(body)))).to.equal(
          `{"headers":[{"${name}":"Authorization","${value}":"[FILTERED]"},{"${name}":"Accept","${value}":"y"}]}`,
        );
      }
    });

    it('replaces the value behind its header in a list of pairs, or a list of headers', () => {
      const filtered = filterCredentials(
        json(
          '{"a":[["Authorization","x"],["Accept","y"]],"raw_headers":["Cookie","x","Accept","y"],"tags":["cookie","cake"]}',
        ),
      );
      expect(textOf(filtered)).to.equal(
        '{"a":[["Authorization","[FILTERED]"],["Accept","y"]],"raw_headers":["Cookie","[FILTERED]","Accept","y"],"tags":["cookie","cake"]}',
      );
    });
  });

  describe('in texts', () => {
    const filtered: [text: string, result: string][] = [
      ['Bearer abc', '[FILTERED]'],
      ['bearer  a.b-c_d==', '[FILTERED]'],
      ['Token token=abc', '[FILTERED]'],
      ['Token token="abc", nonce="def"', '[FILTERED]'],
      ['Token 0123456789abcdef', '[FILTERED]'],
      [`Basic ${BASIC}`, '[FILTERED]'],
      ['Digest username="a", response="b"', '[FILTERED]'],
      ['AWS4-HMAC-SHA256 Credential=a, Signature=b', '[FILTERED]'],
      ['Authorization: Bearer x', 'Authorization: [FILTERED]'],
      ['Accept: */*\r\nX-Api-Key: x\r\nHost: y', 'Accept: */*\r\nX-Api-Key: [FILTERED]\r\nHost: y'],
      ['Cookie: a=b; c=d', 'Cookie: [FILTERED]'],
      ["curl -H 'Authorization: Bearer x' https://h/", "curl -H 'Authorization: [FILTERED]' https://h/"],
      [`wget --header "X: Basic ${BASIC}"`, 'wget --header "X: Basic [FILTERED]"'],
      [JWT, '[FILTERED]'],
      [`a ${JWT}, b`, 'a [FILTERED], b'],
      [`x%20${JWT}&y`, 'x%20[FILTERED]&y'],
      [`${JWT} and ${JWT}`, '[FILTERED] and [FILTERED]'],
      ['eyJhbGciOiJub25lIn0.eyJhIjoxfQ.', '[FILTERED]'],
      ['https://user:pass@host/', 'https://[FILTERED]@host/'],
      ['https://user:p@ss@host/a@b', 'https://[FILTERED]@host/a@b'],
      ['https://ghp_token@host/', 'https://[FILTERED]@host/'],
      ['postgres://user:pass@host:5432/db', 'postgres://[FILTERED]@host:5432/db'],
      ['//user:pass@host/', '//[FILTERED]@host/'],
      ['https://h/?access_token=abc', 'https://h/?access_token=[FILTERED]'],
      ['https://h/?a=1&X-Amz-Signature=abc&b=2#c', 'https://h/?a=1&X-Amz-Signature=[FILTERED]&b=2#c'],
      ['https://h/?sv=2020&sig=a%2Bb%3D&se=1', 'https://h/?sv=2020&sig=[FILTERED]&se=1'],
      ['https://h/?X%2DAmz%2DSignature=abc', 'https://h/?X%2DAmz%2DSignature=[FILTERED]'],
      ['https://h/#id_token=abc&x=1', 'https://h/#id_token=[FILTERED]&x=1'],
      [
        'https://h/?to=https%3A%2F%2Fi%2F%3Ftoken%3Dabc%26x%3D1',
        'https://h/?to=https%3A%2F%2Fi%2F%3Ftoken%3D[FILTERED]%26x%3D1',
      ],
      ['password=abc&user=x', 'password=[FILTERED]&user=x'],
      ['Endpoint=https://h/;AccountKey=abc==;x=1', 'Endpoint=https://h/;AccountKey=[FILTERED];x=1'],
      ['{"user": "a", "password": "b\\"c", "pin": 1}', '{"user": "a", "password": "[FILTERED]", "pin": 1}'],
      ['{"Authorization":"Bearer x","a":"b"}', '{"Authorization":"[FILTERED]","a":"b"}'],
    ];
    for (const [text, result] of filtered) {
      it(`makes ${JSON.stringify(text)} ${JSON.stringify(result)}`, () => {
        expect(filteredText(text)).to.equal(result);
        expect(filterCredentials({ list: [text] })).to.deep.equal({ list: [result] });
      });
    }

    const ordinary = [
      ...['Basic Training.jpg', 'Basic', 'Bearer of bad news', 'Token ring', 'the bearer came', 'a basic thing'],
      ...[
        'eyJ',
        'eyJhbGciOiJIUzI1NiJ9',
        'eyJa.b',
        'image.eyJ.jpg',
        'name@host.example',
        'git@github.com:owner/name.git',
      ],
      ...['ssh://git@host/name.git', 'https://host/@user', 'https://host/?q=a:b@c', 'https://h/?sign=1&tokens_count=2'],
      ...[
        '12:30',
        'Note: the cake',
        'a=b',
        'x, y = z',
        '{"a":"b"}',
        '=',
        ':',
        ' ',
        '',
        'https://',
        '5005800000HEXCtAAP',
      ],
    ];
    for (const text of ordinary) {
      it(`leaves ${JSON.stringify(text)}`, () => {
        const params = { text };
        expect(filterCredentials(params)).to.equal(params);
      });
    }
  });

  describe('in names', () => {
    it('replaces a JSON Web Token, also one that was sent without a name', () => {
      expect(textOf(filterCredentials(form(`a=1&${JWT}&b[${JWT}]=2`)))).to.equal(
        '{"a":"1","[FILTERED]":null,"b":{"[FILTERED]":"2"}}',
      );
    });

    it('replaces a header line or a JSON text that was sent as a form', () => {
      expect(textOf(filterCredentials(form('Authorization: Bearer x')))).to.equal('{"Authorization: [FILTERED]":null}');
      expect(textOf(filterCredentials(form('{"password":"x"}')))).to.equal(
        '{"{\\"password\\":\\"[FILTERED]\\"}":null}',
      );
    });
  });

  it('comes to an end with 1 MiB of hostile text', () => {
    for (const text of [
      'eyJ',
      'eyJ.',
      'a://',
      '//a@',
      '"a":',
      '"\\"',
      '?a=',
      '%3b',
      ' ',
      ':\n',
      'bearer ',
      'a',
      '=',
      '-',
    ]) {
      filterCredentials({ text: `=:"a":"${text.repeat(Math.ceil((1 << 20) / text.length))}` });
    }
  });
});
