import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WholeDraft } from '../../../src/importer/blobs/blob-store.ts';

export function sha256Of(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A whole draft with these bytes, in a folder of its own below `folder`. */
export function drafted(folder: string, bytes: string | Uint8Array): WholeDraft {
  const drafts = join(folder, 'drafts');
  mkdirSync(drafts, { recursive: true });
  const path = join(drafts, randomUUID());
  writeFileSync(path, bytes);
  return { path, sha256: sha256Of(bytes), bytes: Buffer.byteLength(bytes) };
}
