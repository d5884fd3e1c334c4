import { v7 as uuidv7 } from 'uuid';
import type { NewEvent } from '../../src/events/event-log.ts';
import type { DomainEvent, Fact } from '../../src/events/event-types.ts';
import type { EventMetadata } from '../../src/events/metadata.ts';

/** Events to test with. */

export const METADATA = {
  occurred_at: '2019-04-08T17:38:58.041Z',
  organization_id: '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83',
  user_id: 'f1900bba-e339-4dc9-87df-9dc8665adead',
  request_id: 'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
  schema_version: 1 as const,
  $correlationId: 'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
  $causationId: 'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
} satisfies EventMetadata;

export const IMPORT_REQUESTED: Fact<'ImportRequested'> = {
  type: 'ImportRequested',
  data: {
    organization_id: METADATA.organization_id,
    import_type: 'salesforce',
    album_id: '5005800000HEXCtAAP',
    params: {
      album_id: '5005800000HEXCtAAP',
      import_type: 'salesforce',
      controller: 'api/v1/imports',
      action: 'create',
    },
  },
};

export const USER_REGISTERED: Fact<'UserRegistered'> = {
  type: 'UserRegistered',
  data: { organization_id: METADATA.organization_id, role: 'member' },
};

export const USER_REMOVED: Fact<'UserRemoved'> = { type: 'UserRemoved', data: {} };

export const WEBHOOK_REGISTERED: Fact<'WebhookRegistered'> = {
  type: 'WebhookRegistered',
  data: {
    organization_id: METADATA.organization_id,
    sees: 'organization',
    url: 'https://hooks.example.com/in',
    types: ['import.requested'],
    album_id: null,
    thin: false,
    ordered: false,
    v1a: false,
    watermark: {
      log: '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90',
      service: 'f3a1',
      position: '1',
      event: {
        id: '00000000-0000-4000-8000-000000000001',
        stream: 'user-f1900bba-e339-4dc9-87df-9dc8665adead',
        revision: 0,
      },
    },
  },
};

export const CONNECTION_ADDED: Fact<'ConnectionAdded'> = {
  type: 'ConnectionAdded',
  data: {
    organization_id: METADATA.organization_id,
    url: 'https://acme.my.salesforce.com',
    login: 'jwt',
    username: 'imports@acme.example',
    audience: null,
    client_id: null,
  },
};

/** An event of a type that every release knows, in a shape that none can read. */
export const UNREADABLE = { type: 'ImportRequested', data: {} };

/** A fact as an event to append. */
export function newEvent(fact: { type: string; data: unknown }, metadata: Partial<EventMetadata> = {}): NewEvent {
  return {
    id: uuidv7(),
    type: fact.type,
    data: JSON.stringify(fact.data),
    metadata: JSON.stringify({ ...METADATA, ...metadata }),
  };
}

/** A fact as an event that was read from a stream. */
export function domainEvent(
  stream: string,
  revision: number,
  fact: Fact,
  occurredAt = METADATA.occurred_at,
): DomainEvent {
  const metadata = { ...METADATA, occurred_at: occurredAt };
  return { ...fact, id: uuidv7(), stream, revision, position: BigInt(revision + 1), metadata };
}
