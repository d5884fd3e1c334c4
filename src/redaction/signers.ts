/** A signer adds parameters to URLs. This says which, and how to recognize its URLs. */
export interface Signer {
  readonly name: string;
  /** Sets of parameters, in lower case. A URL with all parameters of one set is this signer's. */
  readonly marks: readonly (readonly string[])[];
  /** The form of the URL before its query, if the parameters alone are not enough. */
  readonly path?: RegExp;
  /** All parameters that the signer adds, dates too: if the URL is signed again, only these differ. Not the caller's, such as `response-content-type`. */
  readonly parameters: readonly string[];
}

export const SIGNERS: readonly Signer[] = [
  {
    name: 'Amazon S3, signature version 4 (and compatible stores)',
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
