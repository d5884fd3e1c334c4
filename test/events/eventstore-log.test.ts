import { openEventStoreLog } from '../../src/events/eventstore/open.ts';
import { describeEventLog } from '../contracts/event-log.ts';
import { startEventStore } from '../support/eventstore.ts';

for (const streamPrefix of ['', 'x_']) {
  describeEventLog(`EventStoreDB${streamPrefix && ' with a prefix'}`, async () => {
    const server = await startEventStore();
    const open = () => openEventStoreLog({ url: server.url, streamPrefix });
    let log = await open();
    return {
      log,
      async reopen() {
        await log.close();
        log = await open();
        return log;
      },
      async cleanUp() {
        await log.close();
        await server.stop();
      },
    };
  });
}
