import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import type { RecordedEvent } from '../../src/events/event-log.ts';
import type { OutboundPost } from '../../src/outbound/guarded-client.ts';
import { Follower } from '../../src/projections/follower.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import type { WebhookView } from '../../src/projections/views.ts';
import { Sender } from '../../src/subscribers/webhooks/sender.ts';
import { isTraced, spans } from '../../src/telemetry/tracing.ts';
import { systemClock } from '../../src/time/clock.ts';
import { IMPORT_REQUESTED, METADATA, newEvent } from '../support/events.ts';
import { recordedSpans } from '../support/recorded-spans.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { IMPORTS, testService } from '../support/service.ts';
import { openTestStores } from '../support/stores.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`;

const traceparentsOf = (events: readonly RecordedEvent[]) =>
  events.map((event) => JSON.parse(event.metadata).traceparent as string | undefined);
const idOf = async (answer: Promise<Response>) => ((await (await answer).json()) as { id: string }).id;
const spanIdOf = (span: ReadableSpan) => span.spanContext().spanId;

describe('without an SDK of OpenTelemetry', () => {
  const service = testService();
  const traceparentOf = async (headers: Record<string, string>) => {
    const id = await idOf(service.post('', headers));
    return traceparentsOf(await service.service.services.log.readStream(`import-${id}`))[0];
  };

  it('nothing is traced', async () => {
    expect(isTraced()).to.equal(false);
    let asked = 0;
    const name = () => {
      asked += 1;
      return { name: 'work' };
    };
    expect(await spans()(name, async (span) => span)).to.equal(null);
    expect(asked).to.equal(0);
  });

  it("events keep the caller's traceparent as it was sent", async () => {
    expect(await traceparentOf({ traceparent: TRACEPARENT })).to.equal(TRACEPARENT);
    expect(await traceparentOf({})).to.equal(undefined);
  });

  it('a malformed traceparent is ignored', async () => {
    const malformed = [
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `ff-${TRACE}-${SPAN}-01`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `${TRACEPARENT}-more`,
      `${TRACEPARENT}, ${TRACEPARENT}`,
      'x'.repeat(5_000),
    ];
    for (const traceparent of malformed) expect(await traceparentOf({ traceparent })).to.equal(undefined);
  });
});

describe('with an SDK of OpenTelemetry', () => {
  const recorded = recordedSpans();
  const service = testService({ IMPORTER: 'on' });

  it("a POST continues the caller's trace, and its event keeps the span that recorded it", async () => {
    const id = await idOf(service.post('', { traceparent: TRACEPARENT, 'X-Request-Id': 'req-1' }));
    const post = await recorded.named('POST /api/v1/imports', TRACE);
    const [record, append, project] = await Promise.all(
      ['record events', 'append', 'project'].map((name) => recorded.named(name, TRACE)),
    );
    const parents = [post, record, append, project].map((span) => span?.parentSpanContext?.spanId);
    const recordId = spanIdOf(record as ReadableSpan);
    expect(parents).to.deep.equal([SPAN, spanIdOf(post), recordId, recordId]);
    expect(post.kind).to.equal(SpanKind.SERVER);
    expect(post.attributes).to.include({
      ...{
        'http.request.method': 'POST',
        'http.route': IMPORTS,
        'http.response.status_code': 200,
        'url.path': IMPORTS,
      },
      'imports.import_id': id,
    });
    expect(post.attributes['imports.request_id']).to.be.a('string');
    const [requested] = await service.service.services.log.readStream(`import-${id}`);
    expect(traceparentsOf([requested as RecordedEvent])).to.deep.equal([`00-${TRACE}-${recordId}-01`]);
  });

  it('a request without a traceparent begins a trace, and the query is in no span', async () => {
    await service.request(`${IMPORTS}?filter[album_id]=of-nobody`);
    const [span] = recorded.all().filter(({ name }) => name === `GET ${IMPORTS}`);
    expect(span?.parentSpanContext).to.equal(undefined);
    expect(JSON.stringify(span?.attributes)).not.to.include('of-nobody');
  });

  it('probes have no span', async () => {
    await service.request('/livez');
    await service.request('/nowhere');
    const paths = recorded.all().map(({ attributes }) => attributes['url.path']);
    expect(paths).to.include('/nowhere').and.not.include('/livez');
  });

  it('an attempt at the import continues the trace, and so do its events', async () => {
    const other = TRACE.replace('4', '5');
    const answer = service.post('url=https://127.0.0.1/1.png', { traceparent: `00-${other}-${SPAN}-01` });
    const id = await idOf(answer);
    const attempt = await recorded.named('attempt an import', other);
    expect(attempt.attributes).to.include({ 'imports.import_id': id, 'imports.source': 'url' });
    const events = await service.service.services.log.readStream(`import-${id}`);
    expect(events.map(({ type }) => type)).to.deep.equal(['ImportRequested', 'ImportStarted', 'ImportFailed']);
    for (const traceparent of traceparentsOf(events)) expect(traceparent).to.include(other);
  });

  it('a delivery to a webhook continues the trace, and so can its receiver', async () => {
    const other = TRACE.replace('4', '6');
    const posts: OutboundPost[] = [];
    const sender = new Sender({
      client: {
        async post(_url, post) {
          posts.push(post);
          return { status: 503, headers: {}, body: '', ms: 1 };
        },
      },
      signer: { headers: () => ({ 'webhook-id': 'event', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' }) },
      clock: systemClock,
    });
    const endpoint = { id: 'endpoint', url: 'https://hooks.example.com/in' } as WebhookView;
    const message = { id: 'event', body: '{}', traceparent: `00-${other}-${SPAN}-01` };
    await sender.send(endpoint, message, new AbortController().signal);
    const span = await recorded.named('deliver to a webhook', other);
    expect(span.parentSpanContext?.spanId).to.equal(SPAN);
    expect(span.status).to.deep.equal({ code: SpanStatusCode.ERROR, message: 'status 503' });
    expect(posts[0]?.headers.traceparent).to.equal(`00-${other}-${spanIdOf(span)}-01`);
  });

  it('work that fails marks its span', async () => {
    const failing = () =>
      spans()(
        () => ({ name: 'failing' }),
        () => Promise.reject(new Error('the disk is full')),
      );
    expect((await rejectionOf(failing())).message).to.equal('the disk is full');
    const status = recorded.all().find(({ name }) => name === 'failing')?.status;
    expect(status).to.deep.equal({ code: SpanStatusCode.ERROR, message: 'the disk is full' });
  });

  it('the follower continues the trace of one event, and links to those of several', async () => {
    const stores = await openTestStores();
    const follower = new Follower(stores.log, stores.readModel, new InlineProjector(stores.readModel), {
      info: () => {},
      warn: () => {},
    });
    const traces = ['1', '2', '3'].map((digit) => TRACE.replace('4', digit));
    const append = (number: number) => {
      const event = newEvent(IMPORT_REQUESTED, { ...METADATA, traceparent: `00-${traces[number]}-${SPAN}-01` });
      return stores.log.append(`import-3d172b54-f40f-4df9-9342-00000000000${number}`, [event], 'no_stream');
    };
    await append(0);
    await follower.untilLevel();
    expect((await recorded.named('follow the log', traces[0] as string)).parentSpanContext?.spanId).to.equal(SPAN);
    await append(1);
    await append(2);
    await follower.untilLevel();
    const links = recorded.all().flatMap((span) => span.links.map(({ context }) => context.traceId));
    expect(links).to.deep.equal(traces.slice(1));
    await stores.close();
  });
});
