import { expect } from 'chai';
import { eventSchemas } from '../../src/events/event-types.ts';
import { jsonSchemaOf } from '../../src/subscribers/json-schema.ts';
import type { PublicEvent } from '../../src/subscribers/public-event.ts';
import { ALL_PUBLIC_EVENTS, PUBLIC_EVENTS, publicEventOf } from '../../src/subscribers/public-events.ts';

describe('the mapping of events to public ones', () => {
  it('has each type of event, and no other', () => {
    expect(PUBLIC_EVENTS).to.have.all.keys(...Object.keys(eventSchemas));
  });

  it('does not compile without one of the types, nor with a type that does not exist', () => {
    const { UserRemoved: _, ...incomplete } = PUBLIC_EVENTS;
    // @ts-expect-error: UserRemoved is neither mapped nor private
    const mapping: typeof PUBLIC_EVENTS = incomplete;
    // @ts-expect-error: there is no such event
    const more: typeof PUBLIC_EVENTS = { ...PUBLIC_EVENTS, ImportForgotten: 'private' };
    expect([mapping, more]).to.have.length(2);
  });

  it('has each name once: the subject and what happened to it', () => {
    const names = ALL_PUBLIC_EVENTS.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    for (const name of names) expect(name).to.match(/^[a-z]+\.[a-z]+(_[a-z]+)*$/);
  });

  it('gives nothing for a type that no release of ours has', () => {
    for (const type of ['', 'ImportForgotten', '__proto__', 'toString']) expect(publicEventOf(type)).to.equal(null);
  });

  it('has data whose members all say what they are, and an example that is valid', () => {
    for (const { name, data } of ALL_PUBLIC_EVENTS) {
      const { properties, examples } = jsonSchemaOf(data, 'draft-2020-12') as {
        properties: { [member: string]: { description?: string } };
        examples: unknown[];
      };
      const silent = Object.entries(properties).filter(([, { description = '' }]) => description === '');
      expect(silent, name).to.deep.equal([]);
      expect(examples, name).to.have.length(1);
      expect(data.safeParse(examples[0]).error, name).to.equal(undefined);
    }
  });

  /**
   * What was published stays: under the same version, no member goes, and none means something else. What is new is added here; what
   * would be changed here needs the next version.
   */
  it('has the members that each version has had from its first day on', () => {
    const ofImport = { id: 'string', organization_id: 'string', album_id: ['string', 'null'] };
    const reasons = [
      ...['source_missing', 'source_not_found', 'source_forbidden', 'source_too_large', 'source_unavailable'],
      ...['not_an_image', 'image_damaged', 'checksum_mismatch', 'connection_missing', 'connection_refused'],
      ...['limit_exceeded', 'blocked_address', 'too_many_redirects', 'credentials_gone', 'storage_unavailable'],
      'worker_lost',
    ];
    const failure = {
      ...{ ...ofImport, attempt: 'integer', reason: reasons },
      ...{ detail: ['string', 'null'], calls: 'array' },
    };
    const published: { readonly [nameAndVersion: string]: { readonly [member: string]: unknown } } = {
      'import.requested/1': {
        ...{ id: 'string', organization_id: 'string', import_type: ['string', 'null'], album_id: ['string', 'null'] },
        params: 'object',
      },
      'import.started/1': { ...ofImport, attempt: 'integer', deadline: 'string' },
      'import.retry_scheduled/1': { ...failure, not_before: 'string' },
      'import.succeeded/1': { ...ofImport, attempt: 'integer', image: 'object', source: 'object', calls: 'array' },
      'import.failed/1': failure,
      'import.cancelled/1': ofImport,
      'import.retry_requested/1': ofImport,
      'connection.paused/1': {
        ...{ ...ofImport, reason: ['connection_refused', 'limit_exceeded', 'source_unavailable', 'asked'] },
        ...{ detail: ['string', 'null'], until: ['string', 'null'] },
      },
      'connection.resumed/1': ofImport,
      'webhook.disabled/1': {
        ...{ id: 'string', organization_id: 'string', album_id: ['string', 'null'] },
        ...{ reason: ['gone', 'failing', 'rights_ended', 'asked'], detail: ['string', 'null'] },
      },
    };
    const actual = Object.fromEntries(ALL_PUBLIC_EVENTS.map((one) => [`${one.name}/${one.version}`, membersOf(one)]));
    expect(actual).to.deep.equal(published);
  });
});

function membersOf({ data }: PublicEvent): { [member: string]: unknown } {
  const { properties } = jsonSchemaOf(data, 'draft-2020-12') as {
    properties: { [name: string]: { [key: string]: unknown } };
  };
  return Object.fromEntries(Object.entries(properties).map(([name, { type, enum: values }]) => [name, values ?? type]));
}
