import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { newId } from '../../../src/events/new-id.ts';
import type { Manifest } from '../../../src/operations/backup/manifest.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';

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
