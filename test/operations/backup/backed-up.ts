import type { NewEvent, RecordedEvent } from '../../../src/events/event-log.ts';
import { newId } from '../../../src/events/new-id.ts';
import type { BackupPlace } from '../../../src/operations/backup/backup-place.ts';
import type { Manifest } from '../../../src/operations/backup/manifest.ts';
import { sha256Of } from '../../importer/blobs/drafted.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { imageOf } from '../../support/performed.ts';

export const MANIFEST: Manifest = {
  log: '5c3b1b0e-0000-4000-8000-000000000001',
  kind: 'embedded',
  key: null,
  made_by: { version: '1.0.0' },
  began_at: '2026-11-27T01:00:00.000Z',
  blobs: { kind: 'folder', address: '/data/blobs' },
};

/** Events of imports, each in a stream of its own, and the first of the stream of access. */
export function recordedEvents(count: number): RecordedEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    ...newEvent(IMPORT_REQUESTED),
    stream: index === 0 ? `access-${MANIFEST.log}` : `import-${newId()}`,
    revision: 0,
    position: BigInt(index + 1),
  }));
}

/** An import that has succeeded, as far as a backup looks at it. */
export function imageEvent(
  bytes: Buffer,
  said: { readonly bytes?: number } = {},
): { stream: string; events: NewEvent[] } {
  const id = newId();
  const image = imageOf(id, { sha256: sha256Of(bytes), bytes: bytes.length, ...said });
  const source = { kind: 'url', host: 'example.com', path: '/1.jpg' };
  const data = { album_id: null, attempt: 1, image, source, calls: [] };
  return { stream: `import-${id}`, events: [newEvent({ type: 'ImportSucceeded', data })] };
}

/** A place on which every writing call after so many fails, as after a crash: also those of an open segment. */
export function failingAfter(calls: number, place: BackupPlace): BackupPlace {
  let left = calls;
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    left -= 1;
    if (left < 0) throw new Error('the test says so');
    return work();
  };
  return {
    address: place.address,
    lock: (onWait) => place.lock(onWait),
    read: (name) => place.read(name),
    isEmpty: () => place.isEmpty(),
    segments: () => place.segments(),
    readSegment: (name, bytes) => place.readSegment(name, bytes),
    write: (name, text) => step(() => place.write(name, text)),
    async openSegment(name, bytes) {
      const segment = await step(() => place.openSegment(name, bytes));
      return {
        append: (more) => step(() => segment.append(more)),
        sync: () => step(() => segment.sync()),
        finish: (more) => step(() => segment.finish(more)),
        close: () => segment.close(),
      };
    },
    tidy: (open) => step(() => place.tidy(open)),
    close: () => place.close(),
  };
}
