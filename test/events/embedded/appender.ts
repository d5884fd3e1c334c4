import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import { newEvent, newStream } from '../new-event.ts';

/** A process that appends to a log and says what became of each append: `appender.ts <file> <count> <in flight>`. */

const [file = '', count = '', inFlight = ''] = process.argv.slice(2);
const log = await openEmbeddedLog({ file });
console.log(`opened ${log.id}`);
let left = Number(count);

await Promise.all(Array.from({ length: Number(inFlight) }, work));
await log.close();

async function work(): Promise<void> {
  while (left > 0) {
    left -= 1;
    const stream = newStream();
    const event = { ...newEvent(), data: JSON.stringify({ text: 'x'.repeat(800) }) };
    for (;;) {
      try {
        await log.append(stream, [event], 'no_stream');
        break;
      } catch (error) {
        console.log(`failed ${(error as { code: string }).code}`);
        // Reads go on whatever happens to appends; an error here ends the process.
        await log.readAll(0n, 10);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    console.log(`acknowledged ${event.id}`);
  }
}
