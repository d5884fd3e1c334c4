import fc from 'fast-check';

/** Texts that parsers look for or backtrack on. Each is tried alone, with others, and repeated. */
const PIECES = [
  ...[
    ' ',
    '\t',
    '\r\n',
    '\n ',
    '\r\n\r\n',
    '\0',
    '\x7f',
    '\x80',
    '\ud800',
    '🙂',
    '\u2028',
    'Token ',
    'Bearer ',
    '"x", ',
  ],
  ...'a Z 0 9 é ÿ - = : @ / \\ ? # & ; , % + " \' [ ] { } < > ( . * _ | ~ ^ $ [] [a] [][b] [a a] .. . ./ //'.split(' '),
  ...'%41 %ff %0 %00 \\" \\u0041 \\ud800 a: a@ a= &a= &a ;a= ;a=\\" "a": [{" [[ {"a": ], }, null true 1.0 -0'.split(
    ' ',
  ),
  ...'1e400 1e 0.1, 12345678901234567890 eyJ eyJ. //a@ http: https:// a:// :// token= sig= &sv=1 &sig=a #token='.split(
    ' ',
  ),
  ...'X-Amz-Signature= /v0/b/ /o/ [FILTERED] =[FILTERED]& --b \r\n--b \r\n-- content-disposition: ;name="a"'.split(' '),
  ...';filename= text/plain ;charset= ;boundary=b __proto__ constructor prototype toString length headers url'.split(
    ' ',
  ),
  ...'album_id controller _json format for= for="[::1] proto=https ::ffff: 1.1.1.1 [::1]:80 W/" utf-8 gzip .json'.split(
    ' ',
  ),
  ...'2026-11-24T10:21:30.095+01:00 2026-02-30 9999999999999999999 f1900bba-e339-4dc9-87df-9dc8665adead'.split(' '),
];

export const piece = fc.constantFrom(...PIECES);

/** The characters on which regular expressions backtrack most often. */
const gap = fc.constantFrom(
  ' ',
  '\t',
  '\r\n',
  'a',
  '0',
  '=',
  ':',
  '/',
  '\\',
  ';',
  ',',
  '%',
  '"',
  '[',
  ']',
  '.',
  '-',
  '@',
  '&',
);

/** A few pieces in a row. */
const pieces = fc.array(piece, { maxLength: 12 }).map((all) => all.join(''));

/** A piece or two repeated many times, between others. It takes long if a parser backtracks. */
function repeated(longest: number): fc.Arbitrary<string> {
  const lengths = [200, 4_000, 60_000, 250_000].filter((length) => length < longest);
  const few = fc.oneof(fc.constantFrom('', 'a'), pieces);
  const again = fc.oneof(
    gap,
    fc.array(piece, { minLength: 1, maxLength: 2 }).map((all) => all.join('')),
  );
  return fc
    .tuple(few, again, fc.constantFrom(...lengths, longest, longest), few)
    .map(([begin, one, length, end]) => begin + one.repeat(Math.max(1, Math.floor(length / one.length))) + end);
}

/** Texts that a caller might send to do harm: any characters, up to about `longest` of them. */
export function hostileText(longest: number): fc.Arbitrary<string> {
  return fc.oneof(
    { arbitrary: pieces, weight: 4 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }), weight: 1 },
    { arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }), weight: 1 },
    { arbitrary: repeated(longest), weight: 3 },
  );
}

/** Bytes as one character each, as Node reads a path or a header. */
export function hostileBytes(longest: number): fc.Arbitrary<string> {
  return hostileText(longest).map((text) => Buffer.from(text).toString('latin1'));
}

/** A text that a header may hold. */
export function hostileValue(longest: number): fc.Arbitrary<string> {
  return hostileBytes(longest).map((text) => text.replace(/[^\P{Cc}\t]/gu, '~'));
}

/** Mostly the usual value, sometimes the odd one: a request that is odd in every place is refused too early. */
export function mostly<T, U>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<U>): fc.Arbitrary<T | U> {
  return fc.oneof({ arbitrary: usual, weight: 14 }, { arbitrary: odd, weight: 1 });
}
