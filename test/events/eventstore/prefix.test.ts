import { expect } from 'chai';
import type { EventLog } from '../../../src/events/event-log.ts';
import { OPERATIONS_STREAM, STREAM_CATEGORIES } from '../../../src/events/streams.ts';
import type { StandIn } from '../../support/eventstore/stand-in.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { newEvent, newStream } from '../new-event.ts';
import { Fixture, follow, idsOf, newEvents } from './fixture.ts';

describe('the log in EventStoreDB with a prefix', () => {
  const fixture = new Fixture();
  let server: StandIn;
  let log: EventLog;

  beforeEach(async () => {
    server = await fixture.start();
    log = await fixture.open(server.url, { streamPrefix: 'x_' });
  });

  const namesOnServer = () =>
    server
      .events()
      .map(({ stream }) => stream)
      .filter((stream) => !stream.startsWith('$'));

  /** What each way to read gives of the whole log. */
  async function idsIn(read: EventLog, count: number) {
    const all = await read.readAll(0n, 100);
    expect(idsOf(await follow(read, 0n, count))).to.deep.equal(idsOf(all));
    expect(await read.head()).to.equal(all.at(-1)?.position ?? 0n);
    return idsOf(all);
  }

  it('has it before the name of every stream on the server, and before none that it gives', async () => {
    const streams = [
      ...STREAM_CATEGORIES.map((category) => newStream().replace('import', category)),
      OPERATIONS_STREAM,
    ];
    for (const stream of streams) await log.append(stream, newEvents(1), 'no_stream');
    expect(namesOnServer()).to.deep.equal(['x_imports_log', ...streams.map((stream) => `x_${stream}`)]);
    for (const stream of streams) expect((await log.readStream(stream))[0]?.stream).to.equal(stream);
    expect((await log.readAll(0n, 100)).map(({ stream }) => stream)).to.deep.equal(streams);
    expect((await follow(log, 0n, streams.length)).map(({ stream }) => stream)).to.deep.equal(streams);
  });

  it('says nothing of it in errors and warnings', async () => {
    const stream = newStream();
    await log.append(stream, [newEvent()], 'no_stream');
    expect(await rejectionOf(log.append(stream, [newEvent()], 'no_stream'))).to.include({ stream, actual: 0 });
    server.tombstone(`x_${stream}`);
    const after = await log.append(newStream(), [newEvent()], 'no_stream');
    expect((await follow(log, 0n, 2)).at(-1)?.position).to.equal(after.position);
    expect(fixture.warnings).to.deep.equal([
      `Stream ${stream} was deleted in EventStoreDB ($streamDeleted): its view stays as it is.`,
    ]);
    const error = await rejectionOf(log.readStream(stream));
    expect(error.message).to.include(`Stream ${stream} was deleted`);
  });

  it('does not see the log with another prefix, or with none, on the same server', async () => {
    const logs = [
      log,
      await fixture.open(server.url),
      await fixture.open(server.url, { streamPrefix: 'xx_' }),
      // These begin as names of the log without a prefix do.
      await fixture.open(server.url, { streamPrefix: 'operations' }),
      await fixture.open(server.url, { streamPrefix: 'import' }),
    ];
    expect(new Set(logs.map(({ id }) => id)).size).to.equal(logs.length);
    const stream = newStream();
    const written = logs.map(() => newEvents(2));
    for (const [index, each] of logs.entries()) {
      await each.append(stream, written[index]?.slice(0, 1) ?? [], 'no_stream');
      await each.append(OPERATIONS_STREAM, written[index]?.slice(1) ?? [], 'no_stream');
    }
    for (const [index, each] of logs.entries()) {
      expect(await idsIn(each, 2)).to.deep.equal(idsOf(written[index] ?? []));
      expect(idsOf(await each.readStream(stream))).to.deep.equal(idsOf(written[index]?.slice(0, 1) ?? []));
    }
    expect(fixture.warnings).to.deep.equal([]);
  });

  it('is not there for a command that only reads if only a log without it is', async () => {
    const other = await fixture.start();
    await fixture.open(other.url);
    const error = await rejectionOf(fixture.open(other.url, { streamPrefix: 'x_', isMade: false }));
    expect(error.message).to.match(
      /there is none in EventStoreDB yet\. Is EVENTSTORE_URL \(with EVENTSTORE_STREAM_PREFIX\) right/,
    );
  });

  it('keeps to its own names because no category is the end of another', () => {
    for (const one of STREAM_CATEGORIES) {
      for (const other of STREAM_CATEGORIES)
        expect(one !== other && one.endsWith(other), `${one}, ${other}`).to.equal(false);
    }
  });
});
