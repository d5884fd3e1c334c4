import type { Image } from '../events/import-events.ts';
import type { BlobStore, WholeDraft } from './blobs/blob-store.ts';
import { imageIdOf } from './image-id.ts';
import { ImportFailure } from './import-failure.ts';

/** What an image is by its bytes. */
export interface Seen {
  readonly format: string;
  readonly contentType: string;
  /** As it is shown. */
  readonly width: number;
  readonly height: number;
}

/** A draft to which nothing more is written. */
export interface EndedDraft extends WholeDraft {
  /** In hex. */
  readonly md5: string;
}

/** What was said of the bytes beforehand; null: nothing. */
export interface Said {
  readonly bytes: number | null;
  /** In hex. */
  readonly md5: string | null;
  readonly filename: string | null;
}

export interface BringParts {
  readonly blobs: Pick<BlobStore, 'keep'>;
  /** @throws {ImportFailure} it is no image, or a damaged one */
  readonly look: (path: string) => Promise<Seen>;
}

/** The longest name of a file that is recorded, in characters. */
const LONGEST_NAME = 255;

/**
 * Makes an import's image of a whole draft: compares it with what was said of it, looks at it, and keeps its bytes. The draft stays.
 * @throws {ImportFailure | StorageUnavailable}
 */
export async function bring(
  { blobs, look }: BringParts,
  importId: string,
  draft: EndedDraft,
  said: Said,
): Promise<Image> {
  const { path, sha256, md5, bytes } = draft;
  if (said.bytes !== null && said.bytes !== bytes) {
    throw new ImportFailure(
      'checksum_mismatch',
      `${bytes} bytes came, but the source says that there are ${said.bytes}.`,
    );
  }
  if (said.md5 !== null && said.md5.toLowerCase() !== md5) {
    throw new ImportFailure('checksum_mismatch', `The md5 of what came is ${md5}, but the source says ${said.md5}.`);
  }
  const { format, contentType, width, height } = await look(path);
  await blobs.keep(draft);
  const filename = said.filename?.slice(0, LONGEST_NAME) ?? null;
  const id = imageIdOf(importId);
  return { id, sha256, md5, bytes, content_type: contentType, format, width, height, filename };
}
