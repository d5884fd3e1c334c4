import { randomUUID } from 'node:crypto';
import type { QuarantinedEvent, ViewWrite } from '../../src/projections/projector-store.ts';
import type { ImportView, SecretView, UserView } from '../../src/projections/views.ts';

/** Views to test with, each of another id, and what is written beside them. */

export function importView(fields: Partial<ImportView> = {}): ImportView {
  return {
    id: randomUUID(),
    organization_id: '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83',
    image_id: '7f5ac5a5-3f6c-4b5c-9d9f-5f3c3a7d6f2e',
    import_type: 'salesforce',
    album_id: '5005800000HEXCtAAP',
    params: '{"album_id":"5005800000HEXCtAAP"}',
    created_at: '2019-04-08T17:38:58.041Z',
    updated_at: '2019-04-08T17:38:58.041Z',
    ...fields,
  };
}

export function userView(fields: Partial<UserView> = {}): UserView {
  return {
    id: randomUUID(),
    organization_id: '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83',
    role: 'member',
    registered_at: '2019-04-08T17:38:58.041Z',
    removed_at: null,
    ...fields,
  };
}

export function secretView(fields: Partial<SecretView> = {}): SecretView {
  return {
    id: randomUUID(),
    organization_id: '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83',
    issued_at: '2019-04-08T17:38:58.041Z',
    revoked_at: null,
    ...fields,
  };
}

/** The first revision of an import, written over nothing. */
export function firstImport(fields: Partial<ImportView> = {}): ViewWrite {
  return { kind: 'import', expectedRevision: null, revision: 0, view: importView(fields) };
}

/** An event that could not be projected. */
export function anEvent(fields: Partial<QuarantinedEvent> = {}): QuarantinedEvent {
  return {
    stream: 'import-1',
    revision: 1,
    position: 7n,
    eventId: '00000000-0000-4000-8000-000000000007',
    type: 'ImportRequested',
    reason: 'its data is not as it should be',
    ...fields,
  };
}
