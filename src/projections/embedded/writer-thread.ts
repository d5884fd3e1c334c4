import type { ThreadProgram } from '../../machine/start-thread.ts';
import { serveBatches } from '../../sqlite/batched-worker.ts';
import type { WriteOutcome } from '../projector-store.ts';
import type { WriterData, WriterRequest } from './requests.ts';
import { ViewsWriter } from './writer.ts';

/** The program of the writing thread. */

export const program: ThreadProgram<WriterData> = { url: import.meta.url, run };

/** The thread that writes the file of the views: it serves batches of writes until it is told to close. */
export function run(data: WriterData): void {
  const writer = new ViewsWriter(data);

  serveBatches<WriterRequest, WriteOutcome[]>(
    (requests) => writer.work(requests),
    () => writer.close(),
  );
}
