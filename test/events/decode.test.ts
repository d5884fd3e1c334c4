import { expect } from 'chai';
import { decode } from '../../src/events/decode.ts';
import { UndecodableEvent } from '../../src/events/errors.ts';
import type { RecordedEvent } from '../../src/events/event-log.ts';
import { IMPORT_REQUESTED, METADATA, newEvent } from '../support/events.ts';

const recorded: RecordedEvent = {
  ...newEvent(IMPORT_REQUESTED),
  stream: 'import-3d172b54-f40f-4df9-9342-0b042fac5382',
  revision: 0,
  position: 7n,
};

describe('a recorded event', () => {
  it('decodes to its data, its metadata and its place', () => {
    const { data, metadata, revision, position, type } = decode(recorded);
    expect({ data, metadata, revision, position, type }).to.deep.equal({
      ...IMPORT_REQUESTED,
      metadata: METADATA,
      revision: 0,
      position: 7n,
    });
  });

  it('keeps any parameters as they were sent', () => {
    const params = '{"__proto__":{"x":1},"constructor":2,"n":12345678901234567890,"f":1.0}';
    const data = `{"organization_id":"${METADATA.organization_id}","import_type":null,"album_id":null,"params":${params}}`;
    const event = decode({ ...recorded, data });
    expect(event.type === 'ImportRequested' && JSON.stringify(event.data.params)).to.equal(params);
  });

  for (const [what, event, reason] of [
    ['of an unknown type', { ...recorded, type: 'ImportExploded' }, /does not know the event type "ImportExploded"/],
    ['of a type whose name every object inherits', { ...recorded, type: 'constructor' }, /does not know/],
    ['whose data is not JSON', { ...recorded, data: '{' }, /its data is not JSON/],
    ['whose data lacks something', { ...recorded, data: '{"params":{}}' }, /data: organization_id/],
    [
      'of an unknown schema version',
      { ...recorded, metadata: JSON.stringify({ ...METADATA, schema_version: 2 }) },
      /schema_version/,
    ],
    [
      'without a time',
      { ...recorded, metadata: JSON.stringify({ ...METADATA, occurred_at: undefined }) },
      /occurred_at/,
    ],
  ] as const) {
    it(`${what} is refused with its place and the reason`, () => {
      expect(() => decode(event)).to.throw(UndecodableEvent, reason);
      expect(() => decode(event)).to.throw(/^event 0 of import-3d172b54/);
    });
  }
});
