import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { hostileBytes, hostileText, hostileValue } from './hostile-text.ts';

/** The document's user, whom the service itself registers in development. */
export const USER = 'f1900bba-e339-4dc9-87df-9dc8665adead';
export const OPERATOR = '0b7a5c7e-2f55-4a0e-9c0b-4b7d6f9d2a11';
/** The organization of both. */
export const ORGANIZATION = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
/** A constant, so that the same seed makes the same requests. */
export const JWT_SECRET = 'a secret of the fuzzing, long enough for HS256';
/** A constant, too. It is valid until the year 2100. */
const EXP = 4_102_444_800;
const HEADER = '{"typ":"JWT","alg":"HS256"}';

export function signed(header: string, claims: string): string {
  const text = [header, claims].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${text}.${createHmac('sha256', JWT_SECRET).update(text).digest('base64url')}`;
}

/** Valid tokens. */
export const TOKEN = signed(HEADER, JSON.stringify({ exp: EXP, user_id: USER }));
const OPERATOR_TOKEN = signed(HEADER, JSON.stringify({ exp: EXP, user_id: OPERATOR }));

/** Valid claims with additions: claims of any kind, some in the place of those that count. */
const claims = fc.oneof(
  fc
    .dictionary(
      fc.oneof(hostileText(20), fc.constantFrom('exp', 'nbf', 'iat', 'iss', 'user_id', 'jti', 'admin', 'abilities')),
      fc.jsonValue(),
    )
    .map((added) => JSON.stringify({ exp: EXP, user_id: USER, ...added })),
  hostileText(8_000).map((text) => JSON.stringify({ exp: EXP, user_id: USER, jti: text })),
  hostileText(8_000).map((text) => `{"exp":${EXP},"user_id":"${USER}",${text}}`),
  hostileText(8_000),
);
const header = fc.oneof(
  { arbitrary: fc.constant(HEADER), weight: 6 },
  { arbitrary: hostileText(100).map((text) => `{"alg":"HS256","x":${JSON.stringify(text)}}`), weight: 2 },
  {
    arbitrary: fc.constantFrom('{"alg":"none"}', '{"alg":"HS256","crit":[]}', '[]', '', '{"alg":{}}', 'null'),
    weight: 1,
  },
);

export const anyToken = fc.oneof(
  fc.tuple(header, claims).map(([jose, text]) => signed(jose, text)),
  fc.tuple(header, claims, hostileBytes(8_000)).map(([jose, text, end]) => signed(jose, text) + end),
  hostileBytes(14_000),
);

/** An `Authorization` header. Most are valid, since the others are refused early. */
export const authorization = fc.oneof(
  { arbitrary: fc.constantFrom(`Token token="${TOKEN}"`, `Bearer ${TOKEN}`, `Token ${TOKEN}`), weight: 18 },
  { arbitrary: fc.constant(`Token ${OPERATOR_TOKEN}`), weight: 6 },
  { arbitrary: anyToken.map((token) => `Token token="${token.replace(/\p{Cc}/gu, '~')}"`), weight: 2 },
  { arbitrary: hostileValue(14_000), weight: 1 },
  { arbitrary: hostileValue(14_000).map((text) => `Token ${text}${TOKEN}`), weight: 1 },
  { arbitrary: hostileValue(14_000).map((text) => `Token a${text}`), weight: 1 },
);
