import { expect } from 'chai';
import type { EventLog } from '../../../src/events/event-log.ts';
import { METADATA } from '../../support/events.ts';
import type { StandIn } from '../../support/eventstore/stand-in.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { newEvent, newStream } from '../new-event.ts';
import { Fixture, follow } from './fixture.ts';

describe('the text of an event in EventStoreDB', () => {
  const fixture = new Fixture();
  let server: StandIn;
  let log: EventLog;

  beforeEach(async () => {
    server = await fixture.start();
    log = await fixture.open(server.url);
  });

  /** Appends the data and gives how it is stored; it must come back as it was by every way to read. */
  async function stored(data: string) {
    const [stream, event] = [newStream(), { ...newEvent(), data }];
    await log.append(stream, [event], 'no_stream');
    for (const [read] of [await log.readStream(stream), await log.readAll(0n, 1), await follow(log, 0n, 1)]) {
      expect(read).to.include({ ...event, stream });
    }
    const { contentType, data: storedData } = server.events().find(({ id }) => id === event.id) ?? expect.fail();
    return { contentType, data: storedData };
  }

  for (const data of [
    '{}',
    '{"album_id":"5005800000HEXCtAAP","params":{"n":1,"list":[1,null,true,"é 👋"]}}',
    '{"__proto__":{"a":1},"constructor":2}',
    '{"text":"\\u0000 \\" \\\\ \\n"}',
    '{"ratio":1.5,"big":9007199254740991,"tiny":1e-7}',
    '[1,2]',
  ]) {
    it(`is JSON to its own tools if JSON keeps it: ${data}`, async () => {
      expect(await stored(data)).to.deep.equal({ contentType: 'application/json', data });
    });
  }

  for (const data of [
    '{"n":12345678901234567890}',
    '{"n":1.50}',
    '{"n":1E3,"m":-0}',
    '{"2":"b","1":"a"}',
    '{"a":1,"a":2}',
    '{"text":"\\u00e9\\/"}',
    '{ "spaced": 1 }',
    '{"__proto__":1,"n":1.0}',
    'null',
    '"text"',
    '1.50',
  ]) {
    it(`is kept as bytes if JSON would change it: ${data}`, async () => {
      expect(await stored(data)).to.deep.equal({ contentType: 'application/octet-stream', data });
    });
  }

  it('has metadata in JSON, with the correlation and causation ids for its own tools', async () => {
    const event = { ...newEvent(), data: '{"n":1.50}', metadata: JSON.stringify(METADATA) };
    await log.append(newStream(), [event], 'no_stream');
    const { metadata } = server.events().find(({ id }) => id === event.id) ?? expect.fail();
    expect(metadata).to.equal(event.metadata);
    expect(JSON.parse(metadata)).to.include({
      $correlationId: METADATA.$correlationId,
      $causationId: METADATA.$causationId,
    });
  });

  it('has metadata as the same text, even if JSON would change it', async () => {
    const [stream, event] = [
      newStream(),
      { ...newEvent(), metadata: '{ "n":1.50,"n":12345678901234567890, "schema_version": 1}' },
    ];
    await log.append(stream, [event], 'no_stream');
    expect((await log.readStream(stream))[0]).to.include(event);
  });

  it("is refused without a schema version in its metadata, which would make it another application's", async () => {
    const event = { ...newEvent(), metadata: '{"m":1}' };
    const error = await rejectionOf(log.append(newStream(), [event], 'no_stream'));
    expect(error.message).to.equal(`The metadata of event ${event.id} has no schema_version`);
  });

  it('is marked as JSON or not for each event of an append', async () => {
    const events = ['{"n":1}', '{"n":1.0}', '{"n":2}'].map((data) => ({ ...newEvent(), data }));
    const stream = newStream();
    await log.append(stream, events, 'no_stream');
    expect((await log.readStream(stream)).map(({ data }) => data)).to.deep.equal(events.map(({ data }) => data));
  });
});
