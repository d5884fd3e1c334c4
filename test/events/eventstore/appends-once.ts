import { openEventStoreLog } from '../../../src/events/eventstore/open.ts';
import { settableTimeOfDay } from '../../support/time-of-day.ts';
import { newEvent, newStream } from '../new-event.ts';

/** A process that opens the log, appends to it and closes it: its arguments are the URL, and by how much its clock is late. */
const [, , url = '', behindMs = '0'] = process.argv;
settableTimeOfDay().jump(-Number(behindMs));

const log = await openEventStoreLog({ url });
const { revision } = await log.append(newStream(), [newEvent()], 'no_stream');
await log.readAll(0n, 10);
await log.close();
console.log(`appended at revision ${revision}, closed`);
