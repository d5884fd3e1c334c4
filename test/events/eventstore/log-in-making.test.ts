import { expect } from 'chai';
import { makeEmbeddedLog } from '../../../src/events/embedded/embedded-log-in-making.ts';
import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { makeEventStoreLog } from '../../../src/events/eventstore/eventstore-log-in-making.ts';
import { newId } from '../../../src/events/new-id.ts';
import { accessStream } from '../../../src/events/streams.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { startStandIn } from '../../support/eventstore/stand-in.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** Of a stream that was deleted and scavenged, and then begun again. */
const CUT: RecordedEvent = { ...newEvent(IMPORT_REQUESTED), stream: `import-${newId()}`, revision: 1, position: 1n };

describe('a log that is made of a stream whose beginning is missing', () => {
  const whole = { ...CUT, ...newEvent(IMPORT_REQUESTED), stream: `import-${newId()}`, revision: 0 };

  it('gives its events back, and takes the others, in EventStoreDB', async () => {
    const server = await startStandIn();
    const making = await makeEventStoreLog({ url: server.url, making: newId() });
    for (const _try of [1, 2]) expect(await making.take([CUT, whole])).to.deep.equal([CUT]);
    expect(server.events().filter(({ stream }) => stream.startsWith('import-'))).to.have.length(1);
    await making.close();
    await server.stop();
  });

  it('gives its events back, and takes the others, in events.db, also in a second try', async () => {
    const directory = temporaryDirectory();
    const file = `${directory.path}/events.db`;
    const id = newId();
    const first = makeEmbeddedLog(file, id);
    expect(await first.take([CUT, whole])).to.deep.equal([CUT]);
    await first.close();
    const making = makeEmbeddedLog(file, id);
    expect(await making.take([CUT, whole])).to.deep.equal([CUT]);
    await making.finish(accessStream(id), newEvent(IMPORT_REQUESTED));
    await making.close();
    const log = await openEmbeddedLog({ file });
    expect((await log.readAll(0n, 10)).map(({ stream }) => stream)).to.deep.equal([whole.stream, accessStream(id)]);
    await log.close();
    directory.remove();
  });
});
