import { expect } from 'chai';
import { CloudEvent, HTTP } from 'cloudevents';
import { envelopeText, organizationOf, type Published, published } from '../../src/subscribers/cloud-event.ts';
import { goldenLog } from '../golden/golden-log.ts';
import { METADATA } from '../support/events.ts';
import { HOSTILE, importRequested, NAMING, sentEvents, webhookDisabled } from '../support/public-events.ts';

const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' };

const sent = sentEvents();

describe('an event in its envelope', () => {
  for (const { what, event, text } of sent) {
    it(`is a CloudEvent that the client of the standard parses and validates: ${what}`, () => {
      const received = HTTP.toEvent({ headers: STRUCTURED, body: text }) as CloudEvent<{ id: string }>;
      expect(received.validate()).to.equal(true);
      expect(new CloudEvent(JSON.parse(text), true).id).to.equal(event.event.id);
      expect(received.toJSON()).to.include({ ...event.envelope, data: received.data });
      expect(JSON.stringify(received.data)).to.equal(JSON.stringify(JSON.parse(text).data));
      expect(received.data?.id).to.equal(received.subject);
    });
  }

  it('is one of a batch that this client parses and validates', () => {
    const body = `[${sent.map(({ text }) => text).join()}]`;
    const received = HTTP.toEvent({ headers: BATCH, body }) as CloudEvent<unknown>[];
    expect(received.map((event) => event.validate() && event.id)).to.deep.equal(
      sent.map(({ event }) => event.event.id),
    );
    expect(HTTP.toEvent({ headers: BATCH, body: '[]' })).to.deep.equal([]);
  });

  it('has these members in this order, and those of its copy before the data', () => {
    const event = published(importRequested('{}'), NAMING) as Published;
    const text = envelopeText(event, 'the cursor', { watermark: 'the watermark' });
    const { id, stream } = event.event;
    const subject = stream.slice('import-'.length);
    expect(text).to.equal(
      `{"specversion":"1.0","id":"${id}","source":"https://imports.example.com/base","type":"com.example.imports.import.requested",` +
        `"subject":"${subject}","time":"${METADATA.occurred_at}","datacontenttype":"application/json",` +
        '"dataschema":"https://imports.example.com/base/schemas/events/import.requested/1.json","sequence":"0",' +
        `"correlationid":"${METADATA.$correlationId}","cursor":"the cursor","watermark":"the watermark",` +
        `"data":{"id":"${subject}","organization_id":"${METADATA.organization_id}","import_type":null,"album_id":"x","params":{}}}`,
    );
  });

  for (const [what, params] of Object.entries(HOSTILE)) {
    it(`has the parameters as they were recorded: ${what}`, () => {
      const text = envelopeText(published(importRequested(params), NAMING) as Published, 'c');
      // JSON writes the same text in several ways; numbers, members and their order stay.
      const rewritten = params.includes('\\u') ? JSON.stringify(JSON.parse(params)) : params;
      expect(text.endsWith(`"params":${rewritten}}}`)).to.equal(true);
    });
  }

  it('is one line, so that it can be one event of a stream', () => {
    for (const { text, what } of sent) expect(text, what).to.not.match(/[\r\n]/);
  });

  it('has nothing of who asked for it, and of its metadata only the time and the correlation', () => {
    const metadata = {
      user_id: '11111111-1111-4111-8111-111111111111',
      secret_id: '22222222-2222-4222-8222-222222222222',
      operator: 'an operator',
      request_id: 'a request',
      $correlationId: 'a correlation',
      $causationId: 'a cause',
    };
    const event = published(importRequested('{"a":"b"}', metadata), NAMING) as Published;
    const text = envelopeText(event, 'c');
    const { $correlationId: _, ...internal } = metadata;
    for (const [name, value] of Object.entries(internal)) {
      expect(text).to.not.include(name);
      expect(text).to.not.include(value);
    }
    expect(text).to.not.match(/schema_version|redacted|position/);
    expect(event.envelope.correlationid).to.equal('a correlation');
  });

  it('keeps the traceparent beside it for a header, unless it is malformed, as that of a loaded event may be', () => {
    const of = (traceparent: string) => published(importRequested('{}', { traceparent }), NAMING)?.traceparent;
    const sound = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect([of(sound), of(`${sound}\r\nX-Token: 1`)]).to.deep.equal([sound, undefined]);
  });

  it('of an import that had credentials has what the API echoes: none', () => {
    const [withUrl] = sent.filter(({ text }) => text.includes('[FILTERED]'));
    expect(withUrl?.text).to.include('"url":"https://u:[FILTERED]@host/x"').and.not.include('redacted');
  });

  it('of the life of an import says what was asked of the source, and not who works on it', () => {
    const texts = sent.filter(({ what }) => what.startsWith('Import')).map(({ text }) => text);
    const all = texts.join('\n');
    for (const type of ['started', 'retry_scheduled', 'succeeded', 'failed', 'cancelled', 'retry_requested']) {
      expect(all).to.include(`"type":"com.example.imports.import.${type}"`);
    }
    expect(all).to.include('"request":"GET https://photos.example.com/b.jpg","status":200');
    expect(all).to.not.match(/"worker":|f3a1\./);
  });

  it('has no words of an operator', () => {
    const golden = goldenLog.map(({ data }) => data).join('\n');
    const all = sent.map(({ text }) => text).join('\n');
    for (const words of ['the page is an image now', 'maintenance']) {
      expect(golden).to.include(words);
      expect(all).to.not.include(words);
    }
  });

  it('has the organization and the album by which it is chosen', () => {
    for (const event of [importRequested('{}'), webhookDisabled()]) {
      const { organizationId, albumId, envelope } = published(event, NAMING) as Published;
      expect(organizationId).to.equal(organizationOf(event));
      expect(envelope.data).to.include({ organization_id: organizationId, album_id: albumId });
    }
  });
});

describe('an event that subscribers do not see', () => {
  const never = {
    'is private': goldenLog.find(({ type }) => type === 'UserRegistered'),
    'is of a type that this release does not know': { ...importRequested('{}'), type: 'ImportForgotten' },
    'is of a type that is a name of every object': { ...importRequested('{}'), type: 'constructor' },
  };
  for (const [what, event] of Object.entries(never)) {
    it(`${what}`, () => {
      if (event === undefined) return expect.fail('the golden log has no such event');
      expect([published(event, NAMING), organizationOf(event)]).to.deep.equal([null, null]);
    });
  }

  it('cannot be read', () => {
    for (const broken of [
      { data: '{}' },
      { data: 'x' },
      { metadata: '{}' },
      { metadata: 'x' },
      { stream: 'others-1' },
    ]) {
      expect(published({ ...importRequested('{}'), ...broken }, NAMING), JSON.stringify(broken)).to.equal(null);
    }
  });

  it('belongs to no organization', () => {
    expect(published(importRequested('{}', { organization_id: undefined }), NAMING)).to.equal(null);
  });
});
