import { reasonOf } from '../../../errors/reason-of.ts';

/** What went wrong at a call to S3. */

/** The status of the answer; undefined: none came. */
export function statusOf(error: unknown): number | undefined {
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
}

/** Whether there is no such object. */
export function isMissing(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound'].includes(nameOf(error));
}

/** Whether another try may help. The client has corrected its clock by the answer that refused it. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  return (
    status === undefined || status >= 500 || [408, 429].includes(status) || nameOf(error) === 'RequestTimeTooSkewed'
  );
}

/** For people: what to do, where that is known. */
export function whyUnavailable(error: unknown): string {
  const [name, status] = [nameOf(error), statusOf(error)];
  if (name === 'NoSuchBucket') return 'there is no such bucket: make it, or correct its name';
  if (name === 'CredentialsProviderError') {
    return 'there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role';
  }
  if (/^Region is missing/.test(reasonOf(error))) return 'AWS_REGION is not set';
  if (status === 301 || name === 'PermanentRedirect') return 'the bucket is in another region: set AWS_REGION to that';
  if (status === 403) {
    return (
      `it refuses (${name}): these credentials need s3:ListBucket for the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject ` +
      '(with versions, s3:DeleteObjectVersion) below the prefix'
    );
  }
  return `${name}${status === undefined ? '' : ` (${status})`}: ${reasonOf(error)}`;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
