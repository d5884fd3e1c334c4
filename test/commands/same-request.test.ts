import { expect } from 'chai';
import { isSameRequest, type RecordedRequest } from '../../src/commands/same-request.ts';
import type { Params } from '../../src/events/import-events.ts';
import { parseJson } from '../../src/events/json.ts';

function request(json: string, redacted?: readonly string[]): RecordedRequest {
  return { params: parseJson(json) as Params, redacted };
}

type Pair = readonly [fact: string, first: string, again: string, redacted?: string[], redactedAgain?: string[]];

/** Each pair either way round. */
function expectSame(isSame: boolean, [, first, again, redacted = [], redactedAgain = redacted]: Pair): void {
  expect(isSameRequest(request(first, redacted), request(again, redactedAgain)), `${first} ${again}`).to.equal(isSame);
  expect(isSameRequest(request(again, redactedAgain), request(first, redacted)), `${again} ${first}`).to.equal(isSame);
}

const AUTHORIZATION = ['headers[Authorization]'];
const SIGNED = 'https://b/k?v=1&X-Amz-Date=[FILTERED]&X-Amz-Signature=[FILTERED]';

describe('a request is the same again', () => {
  const same: readonly Pair[] = [
    ['when it is equal', '{"a":[1,{"b":null}],"c":true}', '{"a":[1,{"b":null}],"c":true}'],
    [
      'with members in another order, at any depth',
      '{"a":{"b":1,"c":[{"d":2,"e":3}]},"f":4}',
      '{"f":4,"a":{"c":[{"e":3,"d":2}],"b":1}}',
    ],
    [
      'with names that objects inherit',
      '{"__proto__":{"a":1},"constructor":2}',
      '{"constructor":2,"__proto__":{"a":1}}',
    ],
    [
      'with numbers that a double would change',
      '{"a":12345678901234567890,"b":1.0}',
      '{"b":1.0,"a":12345678901234567890}',
    ],
    [
      'with a signature whose parameters are in another order',
      `{"url":"${SIGNED}"}`,
      '{"url":"https://b/k?X-Amz-Signature=[FILTERED]&v=1&X-Amz-Date=[FILTERED]"}',
      ['url'],
    ],
    [
      'with a signature that has one more parameter',
      `{"url":"${SIGNED}"}`,
      `{"url":"${SIGNED}&X-Amz-Security-Token=[FILTERED]"}`,
      ['url'],
    ],
    [
      'with a signature in another order before a fragment',
      '{"url":"https://h/a?z=1&X-Amz-Date=[FILTERED]&X-Amz-Signature=[FILTERED]#f"}',
      '{"url":"https://h/a?X-Amz-Signature=[FILTERED]&z=1&X-Amz-Date=[FILTERED]#f"}',
      ['url'],
    ],
    [
      'with a signature whose names are escaped or in upper case',
      '{"url":"https://h/a?s%69g=[FILTERED]&SV=[FILTERED]&size=1"}',
      '{"url":"https://h/a?size=1&sv=[FILTERED]&sig=[FILTERED]"}',
      ['url'],
    ],
    [
      'when an operator has made its URL a credential since',
      `{"url":"${SIGNED}"}`,
      '{"url":"[FILTERED]"}',
      ['url'],
      ['url'],
    ],
    [
      'when an operator has made the place around a credential one since',
      '{"headers":{"Authorization":"[FILTERED]","a":1}}',
      '{"headers":"[FILTERED]"}',
      AUTHORIZATION,
      ['headers'],
    ],
    [
      'when an operator has made a place a credential since',
      '{"a":{"ssn":123}}',
      '{"a":{"ssn":"[FILTERED]"}}',
      [],
      ['a[ssn]'],
    ],
    [
      'when the credential that was taken out was sent as [FILTERED]',
      '{"headers":{"Authorization":"[FILTERED]"}}',
      '{"headers":{"Authorization":"[FILTERED]"}}',
      AUTHORIZATION,
    ],
  ];
  for (const pair of same) it(pair[0], () => expectSame(true, pair));
});

describe('a request is another one', () => {
  const other: readonly Pair[] = [
    ['with another value', '{"metadatas":{"pass":"yes"}}', '{"metadatas":{"pass":"no"}}'],
    ['with one more member', '{"a":1}', '{"a":1,"b":null}'],
    ['with a member of another name', '{"a":1,"b":2}', '{"a":1,"c":2}'],
    ['with a member that every object inherits', '{"a":1}', '{"constructor":1}'],
    ['with a prototype instead of a member', '{"a":1,"__proto__":{}}', '{"a":1,"b":{}}'],
    ['with its list in another order', '{"a":[1,2]}', '{"a":[2,1]}'],
    ['with a longer list', '{"a":[1]}', '{"a":[1,1]}'],
    ['with a list instead of an object', '{"a":["x"]}', '{"a":{"0":"x"}}'],
    ['with 1.0 instead of 1', '{"a":1}', '{"a":1.0}'],
    ['with "1" for 1', '{"a":1}', '{"a":"1"}'],
    ['with "1.0" for 1.0', '{"a":1.0}', '{"a":"1.0"}'],
    ['with -0 instead of 0', '{"a":0}', '{"a":-0}'],
    ['with an object that looks like a number', '{"a":1.0}', '{"a":{"rawJSON":"1.0"}}'],
    ['with numbers that are equal as doubles', '{"a":9007199254740993}', '{"a":9007199254740992}'],
    ['with null instead of false', '{"a":null}', '{"a":false}'],
    [
      'with [FILTERED] at a place where nothing was taken out',
      '{"a":"[FILTERED]","b":1}',
      '{"a":"x","b":1}',
      AUTHORIZATION,
    ],
    [
      'with [FILTERED] in a text where nothing was taken out',
      '{"url":"https://h/?a=[FILTERED]"}',
      '{"url":"https://h/"}',
    ],
    ['without its credential', '{"headers":{"Authorization":"[FILTERED]"}}', '{"headers":{}}', AUTHORIZATION, []],
    [
      'with null instead of its credential',
      '{"headers":{"Authorization":"[FILTERED]"}}',
      '{"headers":{"Authorization":null}}',
      AUTHORIZATION,
      [],
    ],
    [
      'with another header',
      '{"headers":{"Authorization":"[FILTERED]","a":1}}',
      '{"headers":{"Authorization":"[FILTERED]","a":2}}',
      AUTHORIZATION,
    ],
    ['with another signed URL', `{"url":"${SIGNED}"}`, `{"url":"${SIGNED.replace('/k', '/l')}"}`, ['url']],
    [
      'with another parameter in its signed URL',
      `{"url":"${SIGNED}"}`,
      `{"url":"${SIGNED.replace('v=1', 'v=2')}"}`,
      ['url'],
    ],
    [
      'with another URL whose signature is in its fragment',
      '{"url":"https://h/a#sig=[FILTERED]&sv=[FILTERED]"}',
      '{"url":"https://evil/b#sig=[FILTERED]&sv=[FILTERED]"}',
      ['url'],
    ],
    [
      'with another parameter before a second question mark',
      '{"url":"https://h/a?versionId=A?X-Amz-Signature=[FILTERED]&X-Amz-Date=[FILTERED]"}',
      '{"url":"https://h/a?versionId=B?X-Amz-Signature=[FILTERED]&X-Amz-Date=[FILTERED]"}',
      ['url'],
    ],
    [
      'with another parameter before a semicolon',
      '{"url":"https://h/a?dl=0;rlkey=[FILTERED]"}',
      '{"url":"https://h/a?dl=1;rlkey=[FILTERED]"}',
      ['url'],
    ],
    [
      'with its parameter in the fragment',
      '{"url":"https://h/a?sig=[FILTERED]&sv=[FILTERED]&size=1"}',
      '{"url":"https://h/a?sig=[FILTERED]&sv=[FILTERED]#size=1"}',
      ['url'],
    ],
    [
      'with [FILTERED] as a parameter that no signer adds',
      '{"url":"https://h/a?x=[FILTERED]&sig=[FILTERED]&sv=[FILTERED]"}',
      '{"url":"https://h/a?sig=[FILTERED]&sv=[FILTERED]"}',
      ['url'],
    ],
    [
      'with [FILTERED] as the beginning of a value',
      '{"url":"https://h/a?sig=[FILTERED]&sv=[FILTERED]&se=[FILTERED]x"}',
      '{"url":"https://h/a?sig=[FILTERED]&sv=[FILTERED]"}',
      ['url'],
    ],
    ['with [FILTERED] as its URL', `{"url":"${SIGNED}"}`, '{"url":"[FILTERED]"}', ['url'], []],
    [
      'with [FILTERED] instead of a credential that the other URL does not have',
      '{"url":"https://h/a?sig=[FILTERED]&sv=[FILTERED]"}',
      '{"url":"https://h/a?sig=[FILTERED]"}',
      ['url'],
      [],
    ],
    ['with another fragment of its URL', `{"url":"${SIGNED}#a"}`, `{"url":"${SIGNED}#b"}`, ['url']],
    ['with its URL without a signature', `{"url":"${SIGNED}"}`, '{"url":"https://b/k?v=1"}', ['url'], []],
    ['with another user in its URL', '{"url":"https://[FILTERED]@h/"}', '{"url":"https://h/"}', ['url'], []],
    [
      'with a name that reads like the place',
      '{"headers[Authorization]":"x"}',
      '{"headers[Authorization]":"y"}',
      AUTHORIZATION,
    ],
    [
      'with a place in a list',
      '{"headers":[{"Authorization":"x"}]}',
      '{"headers":[{"Authorization":"y"}]}',
      AUTHORIZATION,
    ],
  ];
  for (const pair of other) it(pair[0], () => expectSame(false, pair));
});

describe('a request that an earlier release recorded, which guessed at credentials,', () => {
  const earlier = (json: string) => request(json);

  const same: readonly [recorded: string, again: string, redacted?: string[]][] = [
    ['{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['{"metadatas":{"pass":"[FILTERED]"}}', '{"metadatas":{"pass":"yes"}}'],
    ['{"token":"[FILTERED]"}', '{"token":[1.0]}'],
    ['{"a":["Cookie","[FILTERED]"]}', '{"a":["Cookie","x"]}'],
    [
      '{"text":"curl -H \'Authorization: [FILTERED]\' https://h/"}',
      '{"text":"curl -H \'Authorization: Bearer x\' https://h/"}',
    ],
    ['{"headers":{"X-SFDC-Session":"x"}}', '{"headers":{"X-SFDC-Session":"[FILTERED]"}}', ['headers[X-SFDC-Session]']],
    [
      '{"url":"https://b/k?X-Amz-Algorithm=A&X-Amz-Credential=[FILTERED]&X-Amz-Date=1&X-Amz-Signature=[FILTERED]&x-id=G"}',
      '{"url":"https://b/k?X-Amz-Algorithm=[FILTERED]&X-Amz-Credential=[FILTERED]&X-Amz-Date=[FILTERED]&X-Amz-Signature=[FILTERED]&x-id=G"}',
      ['url'],
    ],
  ];
  for (const [recorded, again, redacted = []] of same) {
    it(`${recorded} is ${again} again`, () => {
      expect(isSameRequest(earlier(recorded), request(again, redacted))).to.equal(true);
    });
  }

  const other: readonly [recorded: string, again: string, redacted?: string[]][] = [
    ['{"a":1}', '{"a":2}'],
    ['{"token":"[FILTERED]"}', '{"token":null}'],
    ['{"token":"[FILTERED]"}', '{}'],
    ['{"token":"[FILTERED]","a":1}', '{"token":"x","a":2}'],
    ['{"url":"https://[FILTERED]@h/a"}', '{"url":"https://[FILTERED]@h/b"}', ['url']],
    ['{"url":"https://h/a?sig=[FILTERED]"}', '{"url":"https://h/b?sig=x"}'],
    ['{"a":"x [FILTERED]"}', '{"a":1}'],
  ];
  for (const [recorded, again, redacted = []] of other) {
    it(`${recorded} is not ${again}`, () => {
      expect(isSameRequest(earlier(recorded), request(again, redacted))).to.equal(false);
    });
  }
});

describe('comparing requests', () => {
  it('reads each member once, even of 4096 members or a hundred levels', () => {
    let read = 0;
    const counted = (params: object): Params =>
      new Proxy(params as Params, {
        get: (target, name) => {
          read += 1;
          return target[name as string];
        },
      });
    const names = Array.from({ length: 4_096 }, (_, i) => String(i));
    const wide = Object.fromEntries(names.map((name) => [name, name]));
    const reversed = Object.fromEntries([...names].reverse().map((name) => [`_${name}`, name]));
    const again = Object.fromEntries(names.map((name) => [`_${name}`, name]));
    expect(isSameRequest({ params: counted(wide), redacted: [] }, { params: { ...wide }, redacted: [] })).to.equal(
      true,
    );
    expect(isSameRequest({ params: counted(reversed), redacted: [] }, { params: again, redacted: [] })).to.equal(true);
    expect(read).to.equal(2 * names.length);
    const deep = `${'{"a":'.repeat(100)}1.0${'}'.repeat(100)}`;
    expectSame(true, ['', deep, deep]);
    expectSame(false, ['', deep, deep.replace('1.0', '1')]);
  });
});
