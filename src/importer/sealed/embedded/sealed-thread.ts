import type { ThreadProgram } from '../../../machine/start-thread.ts';
import { serveBatches } from '../../../sqlite/batched-worker.ts';
import { takeDatabase } from '../../../sqlite/owner.ts';
import { type Done, ReplaceableWorker } from '../../../sqlite/replaceable-worker.ts';
import { isWrite, type SealedData, type SealedRequest } from './requests.ts';
import { SEALED } from './sealed-file.ts';
import { SealedTable } from './sealed-table.ts';

/** The program of the thread that reads and writes sealed credentials. */

export const program: ThreadProgram<SealedData> = { url: import.meta.url, run };

/** The thread that has `sealed.db` open. @param log the id of the log whose it is; null: it is not looked at */
export function run({ file, log }: SealedData): void {
  const worker = new ReplaceableWorker<SealedRequest, SealedTable, unknown>({
    file,
    kind: SEALED,
    prepare(database) {
      if (log !== null) takeDatabase(database, log);
      return new SealedTable(database);
    },
    isWrite,
    run: (table, { op, args }) => (table[op] as (...args: unknown[]) => unknown)(...args),
  });

  serveBatches<SealedRequest, Done<unknown>>(
    (requests) => worker.work(requests),
    () => worker.close(),
  );
}
