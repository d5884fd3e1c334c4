import { InvalidArgumentError } from 'commander';
import { type BlobsPlace, parseBlobsUrl } from '../../importer/blobs/blobs-place.ts';

/** A prefix of a bucket. */
export function placeArgument(text: string): BlobsPlace {
  const place = text.startsWith('s3://') ? parseBlobsUrl(text) : undefined;
  if (place !== undefined) return place;
  throw new InvalidArgumentError(
    'It must be like s3://bucket/prefix, without keys and host (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL_S3 have those).',
  );
}

const UNITS_MS: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A time between two acknowledgements, in milliseconds. */
export function everyArgument(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  if (ms >= 100 && ms <= 24 * 3_600_000) return ms;
  throw new InvalidArgumentError('It must be a time from 100ms to 24h, such as 1s or 5m.');
}
