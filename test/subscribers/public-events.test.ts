import { expect } from 'chai';
import { eventSchemas } from '../../src/events/event-types.ts';
import { jsonSchemaOf } from '../../src/subscribers/json-schema.ts';
import {
  ALL_PUBLIC_EVENTS,
  PUBLIC_EVENTS,
  type PublicEvent,
  publicEventOf,
} from '../../src/subscribers/public-events.ts';

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
    const published: { readonly [nameAndVersion: string]: { readonly [member: string]: unknown } } = {
      'import.requested/1': {
        ...{ id: 'string', organization_id: 'string', import_type: ['string', 'null'], album_id: ['string', 'null'] },
        params: 'object',
      },
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
