import fc from 'fast-check';
import { hostileBytes, hostileText } from './hostile-text.ts';

/** A body and its `Content-Type`, which may not fit. */
export interface Typed {
  readonly contentType: string | null;
  readonly body: Buffer;
}

const bytes = (text: string) => Buffer.from(text, 'latin1');
const inUtf8 = (text: string) => Buffer.from(text);

/** The text before and after a hostile text. */
function around(longest: number, ...places: readonly (readonly [begin: string, end: string])[]): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...places), hostileText(longest)).map(([[begin, end], text]) => begin + text + end);
}

const many = fc.constantFrom(1, 3, 90, 101, 1_000, 4_095, 4_097, 60_000);

function forms(longest: number): fc.Arbitrary<Buffer> {
  return fc.oneof(
    around(
      longest,
      ['', ''],
      ['a=', ''],
      ['url=', ''],
      ['headers[', ']=1'],
      ['a[][b]=1&a[]', '=1'],
      ['a=1&a[', ']=1'],
    ).map(bytes),
    hostileBytes(longest).map(bytes),
    fc
      .tuple(fc.constantFrom('a[]=1&', 'a[][b]=1&', '&', 'a[b][c]=&', 'a', '[', 'x[y]', '[]'), many)
      .map(([text, times]) => bytes(text.repeat(times))),
    many.map((count) =>
      bytes(Array.from({ length: Math.min(count, 5_000) }, (_, index) => `p${index}[a][b]=${index}`).join('&')),
    ),
  );
}

function jsons(longest: number): fc.Arbitrary<Buffer> {
  return fc.oneof(
    fc.json({ maxDepth: 4 }).map(inUtf8),
    fc.dictionary(hostileText(40), fc.jsonValue({ maxDepth: 2 })).map((value) => inUtf8(JSON.stringify(value))),
    hostileText(longest).map((text) =>
      inUtf8(JSON.stringify({ filename: text, url: text, headers: { [text]: text } })),
    ),
    around(
      longest,
      ['', ''],
      ['{"n":1.0,"a":"', '"}'],
      ['{"', '":1}'],
      ['{"url":"https://u:p@h/?sig=1&sv=', '"}'],
      ['[1', ']'],
      ['{"n":', '}'],
    ).map(inUtf8),
    fc
      .tuple(fc.constantFrom('[', '{"a":', '[1,', '{"a":[', '"', '1', '[[],', '-', '{"a":1,'), many)
      .map(([text, times]) => bytes(text.repeat(times))),
    many.map((depth) => bytes(`${'['.repeat(depth)}${']'.repeat(depth)}`)),
    many.map((count) =>
      bytes(
        `{${Array.from({ length: Math.min(count, 5_000) }, (_, index) => `"p${index}":{"a":${index}.0}`).join(',')}}`,
      ),
    ),
  );
}

function multiparts(longest: number): fc.Arbitrary<Buffer> {
  const part = around(
    longest,
    ['Content-Disposition: form-data; name="', '"\r\n\r\n1'],
    ['Content-Disposition: form-data; name=a\r\n\r\n', ''],
    ['Content-Disposition: form-data', '\r\n\r\n1'],
    ['Content-Disposition: form-data; name="a"; filename="', '"\r\n\r\n1'],
    ['Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=', '\r\n\r\né'],
    ['', '\r\n\r\n1'],
    ['Content-Disposition: form-data; name=a\r\n', '\r\n\r\n'],
  );
  return fc.oneof(
    fc
      .tuple(fc.array(part, { maxLength: 4 }), fc.constantFrom('--', '', '\r\n', '-'))
      .map(([parts, end]) => bytes(`--b\r\n${parts.join('\r\n--b\r\n')}\r\n--b${end}`)),
    fc
      .tuple(
        fc.constantFrom('--b\r\n', '--b\r\n\r\n', '--b\r\nContent-Disposition: form-data; name="a[]"\r\n\r\n1\r\n'),
        many,
      )
      .map(([text, times]) => bytes(`${text.repeat(times)}--b--`)),
    hostileBytes(longest).map((text) => bytes(`--b${text}\r\n--b--`)),
  );
}

const type = (...names: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...names),
      fc.oneof(
        { arbitrary: fc.constant(''), weight: 4 },
        { arbitrary: hostileBytes(2_000).map((text) => `; charset=${text}`), weight: 1 },
      ),
    )
    .map((parts) => parts.join(''));

const anyType = fc.oneof(
  fc.constant(null),
  type('application/x-www-form-urlencoded', 'application/json', 'multipart/form-data; boundary=b'),
  hostileBytes(8_000),
);

/** Bodies of each kind that the service reads, and of no such kind. */
export function typedBody(longest: number): fc.Arbitrary<Typed> {
  const typed = (contentType: fc.Arbitrary<string | null>, body: fc.Arbitrary<Buffer>) =>
    fc.record({ contentType, body });
  const other = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
  return fc.oneof(
    { arbitrary: typed(type('application/x-www-form-urlencoded'), forms(longest)), weight: 4 },
    { arbitrary: typed(type('application/json', 'text/x-json'), jsons(longest)), weight: 4 },
    {
      arbitrary: typed(type('multipart/form-data; boundary=b', 'multipart/mixed;boundary="b"'), multiparts(longest)),
      weight: 3,
    },
    { arbitrary: typed(anyType, fc.oneof(forms(longest), jsons(longest), multiparts(longest), other)), weight: 2 },
  );
}
