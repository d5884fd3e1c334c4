import { fileURLToPath } from 'node:url';

/** Where the bytes of images are kept. */
export type BlobsPlace =
  | { readonly kind: 'folder'; readonly folder: string }
  /** The prefix has no slash at its beginning or end; it may be empty. */
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

const S3_FORM = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9])\/?((?:[\w!*'().-]+\/)*[\w!*'().-]*)$/;

/** Reads a `BLOBS_URL`; undefined if it is none. */
export function parseBlobsUrl(text: string): BlobsPlace | undefined {
  const [, bucket, path = ''] = S3_FORM.exec(text) ?? [];
  if (bucket !== undefined) {
    const prefix = path.replace(/\/$/, '');
    return prefix.split('/').some((part) => part === '.' || part === '..') ? undefined : { kind: 's3', bucket, prefix };
  }
  if (!text.startsWith('file:///') || /[?#]|%00/.test(text)) return undefined;
  try {
    const folder = fileURLToPath(text).replace(/\/+$/, '');
    return folder === '' ? undefined : { kind: 'folder', folder };
  } catch {
    return undefined;
  }
}
