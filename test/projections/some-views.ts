import { randomUUID } from 'node:crypto';
import type { QuarantinedEvent, ViewWrite } from '../../src/projections/projector-store.ts';
import {
  type ImportView,
  type SecretView,
  type UserView,
  type ViewKind,
  type Views,
  views,
} from '../../src/projections/views.ts';

/** Views to test with, each of another id, and what is written beside them. */

const ORGANIZATION = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
const AT = '2019-04-08T17:38:58.041Z';

export function importView(fields: Partial<ImportView> = {}): ImportView {
  return sample('import', {
    image_id: '7f5ac5a5-3f6c-4b5c-9d9f-5f3c3a7d6f2e',
    import_type: 'salesforce',
    album_id: '5005800000HEXCtAAP',
    params: '{"album_id":"5005800000HEXCtAAP"}',
    created_at: AT,
    updated_at: AT,
    status: 'succeeded',
    attempts: '1',
    source: 'salesforce',
    ...fields,
  });
}

export function userView(fields: Partial<UserView> = {}): UserView {
  return sample('user', { role: 'member', registered_at: AT, ...fields });
}

export function secretView(fields: Partial<SecretView> = {}): SecretView {
  return sample('secret', { issued_at: AT, ...fields });
}

/** A view with these fields; what is not among them is null. */
function sample<K extends ViewKind>(kind: K, fields: Partial<Views[K]>): Views[K] {
  const nulls = Object.fromEntries(Object.keys(views[kind].fields).map((field) => [field, null]));
  return { ...nulls, id: randomUUID(), organization_id: ORGANIZATION, ...fields } as Views[K];
}

/** A view that is written over nothing. */
export function firstOf<K extends ViewKind>(kind: K, view: Views[K], revision = 0): ViewWrite {
  return { kind, expectedRevision: null, revision, view } as ViewWrite;
}

/** The first revision of an import, written over nothing. */
export function firstImport(fields: Partial<ImportView> = {}): ViewWrite {
  return firstOf('import', importView(fields));
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
