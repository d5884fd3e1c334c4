import { createInterface } from 'node:readline';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { firstOf, importView } from '../some-views.ts';

/** Opens the read model of the file that it is given and does what it reads from its input, a command and an id a line. */

const readModel = await openEmbeddedReadModel({ file: process.argv[2] as string });
console.log('opened');

for await (const line of createInterface({ input: process.stdin })) {
  const [command = '', id = ''] = line.split(' ');
  console.log(await run(readModel, command, id).catch((error) => error.code ?? error.message));
}
await readModel.close();

async function run(readModel: ReadModel, command: string, id: string): Promise<string> {
  if (command === 'get') return (await readModel.get('import', id)) === null ? 'absent' : 'there';
  if (command === 'clear') {
    await readModel.clear();
    return 'cleared';
  }
  const view = importView({ id, params: JSON.stringify({ filler: 'x'.repeat(10_000) }) });
  return (await readModel.write({ writes: [firstOf('import', view)] })).join();
}
