/** Who signs URLs by adding parameters to them, and how to tell that a URL is theirs. */
export interface Signer {
  readonly name: string;
  /** The URL is this signer's if it has all of these parameters, in lower case; one such set is enough. */
  readonly marks: readonly (readonly string[])[];
  /** The URL is also like this up to its query, where the parameters alone do not tell. */
  readonly path?: RegExp;
  /** All parameters that the signer adds, dates too, so that the same URL signed anew differs in these alone. Not what the caller asks for with it, such as `response-content-type`. */
  readonly parameters: readonly string[];
}

export const SIGNERS: readonly Signer[] = [
  {
    name: 'Amazon S3, signature version 4 (and stores that do as S3 does)',
    marks: [['x-amz-signature']],
    parameters: [
      'x-amz-algorithm',
      'x-amz-content-sha256',
      'x-amz-credential',
      'x-amz-date',
      'x-amz-expires',
      'x-amz-region-set',
      'x-amz-s3session-token',
      'x-amz-security-token',
      'x-amz-signature',
      'x-amz-signedheaders',
    ],
  },
  {
    name: 'Amazon S3, signature version 2',
    marks: [['awsaccesskeyid', 'signature']],
    parameters: ['awsaccesskeyid', 'expires', 'signature', 'x-amz-security-token'],
  },
  {
    name: 'Google Cloud Storage, version 4',
    marks: [['x-goog-signature']],
    parameters: [
      'x-goog-algorithm',
      'x-goog-content-sha256',
      'x-goog-credential',
      'x-goog-date',
      'x-goog-expires',
      'x-goog-security-token',
      'x-goog-signature',
      'x-goog-signedheaders',
    ],
  },
  {
    name: 'Google Cloud Storage, version 2',
    marks: [['googleaccessid', 'signature']],
    parameters: ['expires', 'googleaccessid', 'signature'],
  },
  {
    name: 'Azure, shared access signatures',
    marks: [
      ['sig', 'sv'],
      ['sig', 'se', 'sp'],
    ],
    parameters: [
      ...['saoid', 'scid', 'sdd', 'sduoid', 'se', 'ses', 'si', 'sig', 'sip', 'skdutid', 'ske', 'skoid', 'sks', 'skt'],
      ...['sktid', 'skv', 'sp', 'spr', 'sr', 'srh', 'srq', 'srt', 'ss', 'st', 'suoid', 'sv'],
    ],
  },
  {
    name: 'Amazon CloudFront',
    marks: [['key-pair-id', 'signature']],
    parameters: ['expires', 'hash-algorithm', 'key-pair-id', 'policy', 'signature'],
  },
  {
    name: 'Firebase Storage, download tokens',
    marks: [['token']],
    path: /^[^?#]*\/v0\/b\/[^/?#]+\/o\//,
    parameters: ['token'],
  },
  {
    name: 'Dropbox, shared links',
    marks: [['rlkey']],
    parameters: ['rlkey', 'st'],
  },
];
