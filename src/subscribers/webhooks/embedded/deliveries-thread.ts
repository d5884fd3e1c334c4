import type { ThreadProgram } from '../../../machine/start-thread.ts';
import { serveBatches } from '../../../sqlite/batched-worker.ts';
import { DeliveriesWorker } from './deliveries-worker.ts';
import type { DeliveriesData, DeliveriesRequest, Reply } from './requests.ts';

/** The program of the thread that reads and writes deliveries. */

export const program: ThreadProgram<DeliveriesData> = { url: import.meta.url, run };

/** The thread that has `deliveries.db` open. It looks at the room on the disk between two batches. */
export function run(data: DeliveriesData): void {
  const worker = new DeliveriesWorker(data);

  serveBatches<DeliveriesRequest, Reply>(
    (requests) => worker.work(requests),
    () => worker.close(),
    () => worker.watchRoom(),
  );
}
