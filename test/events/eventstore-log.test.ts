import { openEventStoreLog } from '../../src/events/eventstore/open.ts';
import { describeEventLog } from '../contracts/event-log.ts';
import { startEventStore } from '../support/eventstore.ts';

describeEventLog('EventStoreDB', async () => {
  const server = await startEventStore();
  let log = await openEventStoreLog({ url: server.url });
  return {
    log,
    async reopen() {
      await log.close();
      log = await openEventStoreLog({ url: server.url });
      return log;
    },
    async cleanUp() {
      await log.close();
      await server.stop();
    },
  };
});
