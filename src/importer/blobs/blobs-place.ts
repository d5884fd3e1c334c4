import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the bytes of images are kept. */
export type BlobsPlace =
  | { readonly kind: 'folder'; readonly folder: string }
  /** The prefix has no slash at its beginning or end; it may be empty. */
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;
const PART = /^[\w!*'().-]+$/;

/** Reads a `BLOBS_URL`; undefined if it is none. */
export function parseBlobsUrl(text: string): BlobsPlace | undefined {
  return text.startsWith('s3://') ? bucketIn(text.slice('s3://'.length)) : folderIn(text);
}

function bucketIn(text: string): BlobsPlace | undefined {
  const [bucket = '', ...parts] = text.split('/');
  if (parts.at(-1) === '') parts.pop();
  const isPrefix = parts.every((part) => PART.test(part) && part !== '.' && part !== '..');
  return BUCKET.test(bucket) && isPrefix ? { kind: 's3', bucket, prefix: parts.join('/') } : undefined;
}

function folderIn(text: string): BlobsPlace | undefined {
  if (!text.startsWith('file:///') || /[?#]|%00/.test(text)) return undefined;
  try {
    const folder = resolve(fileURLToPath(text));
    return folder === '/' ? undefined : { kind: 'folder', folder };
  } catch {
    return undefined;
  }
}
