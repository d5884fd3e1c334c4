import { randomUUID } from 'node:crypto';
import { Parser } from '@asyncapi/parser';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'chai';
import { ALL_PUBLIC_EVENTS } from '../../src/subscribers/public-events.ts';
import { bodyOf, pingBody } from '../../src/subscribers/webhooks/body.ts';
import { expectValid } from '../support/described.ts';
import { NAMING, sentEvents } from '../support/public-events.ts';
import { DOCUMENT_BODY, testService } from '../support/service.ts';

type Schema = { readonly [member: string]: unknown };
interface Description {
  readonly servers: { readonly service: object };
  readonly channels: { readonly feed: { readonly address: string } };
  readonly components: { readonly messages: { readonly [name: string]: { readonly payload: Schema } } };
}

const ENV = { PUBLIC_URL: NAMING.origin, EVENT_TYPE_PREFIX: NAMING.typePrefix };

const sent = sentEvents().map(({ what, event, text }) => ({
  what,
  name: event.name,
  event,
  received: JSON.parse(text),
}));

/** The schema of an object that has no other members than those that it names. */
function closed(schema: Schema): Schema {
  return { ...schema, additionalProperties: false };
}

describe('the schemas behind dataschema', () => {
  const service = testService(ENV);
  const get = (dataschema: string) => fetch(service.url + dataschema.replace(NAMING.origin, ''));

  for (const { what, received } of sent) {
    it(`hold what is sent: ${what}`, async () => {
      const schema = (await (await get(received.dataschema)).json()) as Schema;
      expect(schema).to.include({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: received.dataschema,
      });
      expectValid(formats.default(new Ajv2020()).compile(closed(schema)), received.data, what);
      const other = { ...received.data, id: 7 };
      expect(formats.default(new Ajv2020()).validate(schema, other)).to.equal(false);
    });
  }

  it('are served for every public event, to anyone, as JSON Schema', async () => {
    for (const { name, version } of ALL_PUBLIC_EVENTS) {
      const answer = await get(`/schemas/events/${name}/${version}.json`);
      expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([200, 'application/schema+json']);
    }
  });

  it('leave room for members that a later release adds', async () => {
    for (const { received } of sent.slice(0, 2)) {
      const schema = (await (await get(received.dataschema)).json()) as Schema;
      expectValid(formats.default(new Ajv2020()).compile(schema), { ...received.data, later: 1 });
    }
  });

  for (const path of [
    ...['/schemas/events/import.requested/2.json', '/schemas/events/import.requested/01.json', '/schemas'],
    ...[
      '/schemas/events/import.requested/1',
      '/schemas/events/__proto__/1.json',
      '/schemas/events/import.requested/.json',
    ],
    ...['/schemas/events/import.requested/1.json.json', '/schemas/events/..%2f..%2fpackage/1.json'],
  ]) {
    it(`are not at ${path}`, async () => {
      expect((await get(path)).status).to.equal(404);
    });
  }
});

describe('asyncapi.json', () => {
  const service = testService(ENV);
  let text: string;
  let description: Description;

  before(async () => {
    text = await (await fetch(`${service.url}/asyncapi.json`)).text();
    description = JSON.parse(text);
  });

  it('is valid, by the parser of the standard, with nothing to warn of', async () => {
    const { document, diagnostics } = await new Parser().parse(text);
    // 3.0.0 is what was chosen.
    const others = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version');
    expect(others).to.deep.equal([]);
    expect(
      document
        ?.allOperations()
        .all()
        .map((operation) => operation.id()),
    ).to.deep.equal([...['sendPage', 'sendStream', 'sendDelivery']]);
  });

  it('would be noticed if it were not valid', async () => {
    const broken = { ...description, operations: { sendPage: { action: 'shout' } } };
    const { document } = await new Parser().parse(JSON.stringify(broken));
    expect(document).to.equal(undefined);
  });

  it('holds what the feed answers at the address of its channel', async () => {
    const { id } = (await (await service.post(DOCUMENT_BODY)).json()) as { id: string };
    const answer = await service.request(description.channels.feed.address);
    const events = (await answer.json()) as { type: string; subject: string }[];
    expect(events.map(({ subject }) => subject)).to.include(id);
    const { payload } = description.components.messages['import.requested'] as { payload: Schema };
    for (const event of events) expectValid(formats.default(new Ajv()).compile(closed(payload)), event);
  });

  it('has each public event as a message of the feed and as one of webhooks', () => {
    const names = ALL_PUBLIC_EVENTS.flatMap(({ name }) => [name, `${name}.delivery`]);
    expect(Object.keys(description.components.messages)).to.have.members([...names, 'page', 'ping']);
  });

  for (const { what, name, event, received } of sent) {
    it(`holds what is sent: ${what}`, () => {
      const { messages } = description.components;
      const delivered = (isThin: boolean) => JSON.parse(bodyOf(event, { isThin }, received.cursor, received.cursor));
      for (const [message, payload] of [
        [name, received],
        [`${name}.delivery`, delivered(false)],
        [`${name}.delivery`, delivered(true)],
      ]) {
        const { payload: schema } = messages[message as string] as { payload: Schema };
        expectValid(formats.default(new Ajv()).compile(closed(schema)), payload, what);
      }
      const { payload: schema } = messages[name] as { payload: Schema };
      for (const wrong of [{ type: 'other' }, { source: 'http://x' }, { data: {} }, { time: 'now' }]) {
        const isValid = formats.default(new Ajv()).validate(schema, { ...received, ...wrong });
        expect(isValid, JSON.stringify(wrong)).to.equal(false);
      }
    });
  }

  it('holds a ping', () => {
    const times = { time: '2019-04-08T17:38:58.041Z', watermark: 'ATXQmc1v' };
    const ping = JSON.parse(pingBody(randomUUID(), randomUUID(), NAMING, times));
    const { payload } = description.components.messages.ping as { payload: Schema };
    expectValid(formats.default(new Ajv()).compile(closed(payload)), ping);
  });

  it('names the service by PUBLIC_URL', () => {
    expect(description.servers.service).to.include({
      ...{ host: 'imports.example.com', protocol: 'https', pathname: '/base' },
    });
  });
});

describe('without PUBLIC_URL, asyncapi.json', () => {
  const service = testService();

  it('names the service by HOST and PORT, never by what a request says', async () => {
    // Its Host is x.
    const { body } = await service.send('GET /asyncapi.json', ['X-Forwarded-Host: y', 'Forwarded: host=z']);
    const { servers } = JSON.parse(body.toString()) as Description;
    expect(servers.service).to.include({ protocol: 'http', host: '127.0.0.1:0' });
  });
});
