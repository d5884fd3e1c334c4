/** Which names say that their value is a credential. */

/** Names that end so, whatever comes before: `access_token`, `X-Api-Key`, `Proxy-Authorization`. */
const ENDINGS = [
  'authorization',
  'passw(?:or)?d(?:confirmation)?',
  'pwd',
  'passphrase',
  'passcode',
  'secret',
  '(?:api|access|private|secret|auth|shared|signing|encryption|master|account|subscription|functions|session|ssh)key',
  'cookie',
  'credential',
  'sess(?:ion)?id',
  'signature',
  'jwt',
  'assertion',
  'connectionstring',
].join('|');

/** Names that say so only when they stand alone: `design` and `compass` are ordinary. */
const ALONE = 'auth|xauth|pass|sid|sig|sas|otp|bearer';

/** Numbers of tokens are ordinary: `max_tokens`, `total_tokens`. */
const TOKEN = 'token|(?<!max|total|prompt|completion|input|output|num)tokens';

const CREDENTIAL_NAME = new RegExp(`^(?:${ALONE})$|(?:${ENDINGS})s?\\d*$|(?:${TOKEN})\\d*$`);

/** A part of each of the above; looking for it first spares ordinary names the long pattern. */
const PERHAPS = /auth|pass|pwd|secret|token|key|cookie|credential|sess|sig|jwt|sid|sas|otp|bearer|assertion|connection/;

/** Names of HTTP headers that carry credentials; narrower than the above, for places where any word may stand. */
const CREDENTIAL_HEADER = /(?:authorization|cookie2?|apikey|authkey|(?:auth|access|security|session|csrf)token)$/;

const NOT_LETTER_OR_DIGIT = /[^a-z0-9]+/g;
const LONGEST_ENDING = 64;

/** A name without case and punctuation: `X-Api-Key`, `x_api_key` and `xApiKey` are one. */
function plainName(name: string): string {
  return name.toLowerCase().replace(NOT_LETTER_OR_DIGIT, '');
}

/** Whether what is sent under this name is a credential. */
export function isCredentialName(name: string): boolean {
  const plain = plainName(name);
  return PERHAPS.test(plain) && CREDENTIAL_NAME.test(plain.slice(-LONGEST_ENDING));
}

/** Whether this is the name of an HTTP header that carries a credential. */
export function isCredentialHeader(name: string): boolean {
  return CREDENTIAL_HEADER.test(plainName(name).slice(-LONGEST_ENDING));
}
