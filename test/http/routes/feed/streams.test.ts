import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import {
  allPages,
  appendImports,
  EVENTS,
  openStream,
  type ReadStream,
  readPage,
  type Sent,
} from '../../../support/feed.ts';
import { describeOnEachStores } from '../../../support/for-each-stores.ts';
import { OTHER_USER, testService } from '../../../support/service.ts';
import { until } from '../../../support/until.ts';

const idOf = async (answer: Promise<Response>) => ((await (await answer).json()) as { id: string }).id;
const ids = (events: readonly Sent[]) => events.map(({ id }) => id);

describeOnEachStores('a live stream of the feed', (stores) => {
  const service = testService(() => stores.env());
  const opened: ReadStream[] = [];
  const open = async (query = '', headers: object = {}, user?: string) => {
    const stream = await openStream(`${service.url}${EVENTS}${query}`, service.authorization(user), headers);
    opened.push(stream);
    return stream;
  };
  const allIds = async (query = '') => ids(await allPages(service, query === '' ? '?limit=500' : query));

  afterEach(async () => {
    for (const stream of opened.splice(0)) stream.close();
    await until('all places are given back', () => service.service.services.streams.open === 0);
  });

  it('has the headers of a stream, in their order, and no others', async () => {
    await open();
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.write(
      `GET ${EVENTS} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip\r\nAuthorization: ${service.authorization()}\r\n\r\n`,
    );
    await until('it has begun', () => received.includes('\nid: '));
    socket.destroy();
    const [head = '', body = ''] = received.split('\r\n\r\n');
    const [status, ...lines] = head.split('\r\n');
    expect(status).to.equal('HTTP/1.1 200 OK');
    expect(lines.map((line) => line.slice(0, line.indexOf(':')))).to.deep.equal(
      [
        ...[
          'Cache-Control',
          'Pragma',
          'Expires',
          'Content-Type',
          'X-token',
          'Vary',
          'P3P',
          'X-Request-Id',
          'X-Runtime',
        ],
        ...['X-Frame-Options', 'X-Content-Type-Options', 'X-XSS-Protection', 'X-Download-Options'],
        ...[
          'X-Permitted-Cross-Domain-Policies',
          'Referrer-Policy',
          'X-Accel-Buffering',
          'Connection',
          'Date',
          'Transfer-Encoding',
        ],
      ].filter((name) => name !== 'Date' || head.includes('\r\nDate:')),
    );
    expect(head).to.include('\r\nCache-Control: no-store, no-transform\r\n');
    expect(head).to.include('\r\nX-Accel-Buffering: no\r\n');
    expect(head).to.match(/\r\nContent-Type: text\/event-stream(; charset=utf-8)?\r\n/);
    expect(body).to.match(/^[0-9a-f]+\r\n: still here\nretry: 1000\nid: [\w-]+\n\n/);
  });

  it('begins with the next event, and says its place at once', async () => {
    await service.post('album_id=before');
    const { log, feed } = service.service.services;
    await until('the feed has it', async () => (await feed.end()).position >= (await log.head()));
    const stream = await open();
    await until('it says its place', () => stream.heartbeats() === 1);
    expect((await readPage(service, `?after=${stream.lastId()}`)).events).to.deep.equal([]);
    const id = await idOf(service.post('album_id=x'));
    await until('it came', () => stream.events.length === 1);
    const [event] = stream.events;
    expect(event).to.include({
      subject: id,
      streamType: 'import-api.import.requested',
      type: 'import-api.import.requested',
    });
    expect(event?.streamId).to.equal(event?.cursor);
  });

  it('has what a page has, in the same words', async () => {
    await service.post('album_id=<é>&filename=%E2%80%A8');
    const stream = await open(`?since=2000-01-01`);
    const page = await until('the page has them all', async () => {
      const { events } = await readPage(service, '?limit=500');
      return events.length >= 2 && events;
    });
    await until('all came', () => stream.events.length >= page.length);
    expect(stream.events.map(({ streamId: _, streamType: __, ...event }) => event)).to.deep.equal(page);
  });

  it('goes on after Last-Event-ID, which counts more than after and since', async () => {
    await Promise.all(Array.from({ length: 5 }, () => service.post('album_id=x')));
    const { events } = await readPage(service, '?limit=500');
    const [third, last] = [events.at(-3)?.cursor, events.at(-1)?.cursor];
    for (const query of ['', `?after=${last}`, '?since=2000-01-01']) {
      const stream = await open(query, { 'Last-Event-ID': third });
      await until('they came', () => stream.events.length === 2);
      expect(ids(stream.events)).to.deep.equal(ids(events.slice(-2)));
    }
    const stream = await open(`?after=${third}`);
    await until('they came', () => stream.events.length === 2);
  });

  it('has what is selected alone', async () => {
    const album = randomUUID();
    const stream = await open(`?album_id=${album}&type=import-api.import.requested`);
    await service.post('album_id=x');
    const id = await idOf(service.post(`album_id=${album}`));
    await until('it came', () => stream.events.length > 0);
    expect(stream.events.map(({ subject }) => subject)).to.deep.equal([id]);
    const ofSubject = await open(`?subject=${id}&since=2000-01-01`);
    await until('it came', () => ofSubject.events.length > 0);
    expect(ofSubject.events.map(({ subject }) => subject)).to.deep.equal([id]);
  });

  it('goes over from catching up to live without gap or repeat, wherever it begins, while several write', async () => {
    await appendImports(
      service,
      Array.from({ length: 300 }, () => randomUUID()),
    );
    let isOver = false;
    const write = async (user?: string) => {
      while (!isOver) await service.post('album_id=x', {}, user);
    };
    const writing = [write(), write(), write(OTHER_USER)];
    const known = await allPages(service, '?limit=500');
    const begun: { readonly stream: ReadStream; readonly first: number }[] = [];
    for (let number = 0; number < 15; number += 1) {
      const first = Math.floor((known.length * number) / 15);
      begun.push({ stream: await open(`?after=${known[first]?.cursor}`), first });
    }
    await Promise.all(
      begun.map(({ stream, first }) => until('it is live', () => stream.events.length > known.length - first + 20)),
    );
    isOver = true;
    await Promise.all(writing);
    const all = await allIds();
    for (const { stream, first } of begun) {
      const due = all.slice(first + 1);
      await until('all came', () => stream.events.length >= due.length);
      expect(ids(stream.events)).to.deep.equal(due);
    }
  });

  it('that begins with the next event begins at the place that it says first, while several write', async () => {
    let isOver = false;
    const writing = Array.from({ length: 3 }, async () => {
      while (!isOver) await service.post('album_id=x');
    });
    const begun: { readonly stream: ReadStream; readonly first: string }[] = [];
    for (let number = 0; number < 10; number += 1) {
      const stream = await open();
      const first = await until('it says its place', () => stream.firstId() !== '' && stream.firstId());
      begun.push({ stream, first });
    }
    await Promise.all(begun.map(({ stream }) => until('some came', () => stream.events.length > 10)));
    isOver = true;
    await Promise.all(writing);
    for (const { stream, first } of begun) {
      const due = await allIds(`?limit=500&after=${first}`);
      await until('all came', () => stream.events.length >= due.length);
      expect(ids(stream.events)).to.deep.equal(due);
    }
  });

  it('is refused to a caller who has twenty, and each way to end one gives its place back', async () => {
    const { streams } = service.service.services;
    const url = new URL(service.url);
    const request = (method: string, further = '') =>
      `${method} ${EVENTS} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: ${service.authorization()}\r\n${further}\r\n`;
    const raw = (text: string): Socket => {
      const socket = connect({ port: Number(url.port), host: url.hostname, allowHalfOpen: true });
      socket.on('error', () => {}).resume();
      socket.write(text);
      return socket;
    };
    const ends: readonly ((socket: Socket) => unknown)[] = [
      (socket) => socket.destroy(),
      (socket) => socket.resetAndDestroy(),
      (socket) => socket.end(),
    ];
    for (const end of ends) {
      const sockets = Array.from({ length: 20 }, () => raw(request('GET')));
      await until('all are open', () => streams.open === 20);
      const refused = await open();
      expect(refused.status).to.equal(429);
      expect(refused.headers.get('retry-after')).to.equal('1');
      expect((await service.request(EVENTS, { headers: { Prefer: 'wait=5' } })).status).to.equal(429);
      expect((await service.request(EVENTS)).status).to.equal(200);
      const other = await open('', {}, OTHER_USER);
      expect(other.status).to.equal(200);
      other.close();
      sockets.forEach(end);
      await until('all places are given back', () => streams.open === 0);
      for (const socket of sockets) socket.destroy();
    }
    // HEAD has no body, and no place for long.
    for (let count = 0; count < 25; count += 1) {
      const answer = await service.request(EVENTS, { method: 'HEAD', headers: { Accept: 'text/event-stream' } });
      expect(answer.status).to.equal(200);
    }
    // One that comes behind another on its connection is never begun: a stream is the last answer there.
    const socket = raw(request('GET').repeat(3));
    await until('the first is open', () => streams.open === 1);
    socket.destroy();
    await until('its place is given back', () => streams.open === 0);
    // Some that are gone before they begin.
    for (let count = 0; count < 25; count += 1) raw(request('GET')).destroy();
    for (let count = 0; count < 25; count += 1) {
      const gone = raw(request('GET'));
      await until('it is connected', () => !gone.connecting);
      gone.resetAndDestroy();
    }
    const last = await until('one is open', async () => {
      const stream = await open();
      return stream.status === 200 && stream;
    });
    expect(last.status).to.equal(200);
  });

  it('is counted, but its duration is not', async () => {
    await service.request(EVENTS, { headers: { Prefer: 'wait=1' } });
    const stream = await open();
    await until('it has begun', () => stream.heartbeats() === 1);
    const metrics = async () => (await fetch(`${service.operationsUrl}/metrics`)).text();
    expect(await metrics())
      .to.match(/^imports_feed_streams_open 1$/m)
      .and.to.match(/^imports_feed_readers_behind 0$/m);
    const durations = async () =>
      /^imports_http_request_duration_seconds_count\{.*events"\} (\d+)$/m.exec(await metrics())?.[1];
    const requests = async () =>
      /^imports_http_requests_total\{.*events",status="200"\} (\d+)$/m.exec(await metrics())?.[1];
    const [durationsBefore, requestsBefore] = [await durations(), Number(await requests())];
    stream.close();
    await until('it is counted', async () => Number(await requests()) === requestsBefore + 1);
    await service.request(`${EVENTS}?since=2100-01-01`, { headers: { Prefer: 'wait=1' } });
    expect(await durations()).to.equal(durationsBefore);
  });
});
