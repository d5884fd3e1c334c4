import { serveBatches } from '../../sqlite/batched-worker.ts';
import { startThread, type ThreadProgram } from '../../sqlite/start-thread.ts';
import type { WriteOutcome } from '../read-model.ts';
import type { WriterData, WriterRequest } from './requests.ts';
import { program as walProgram } from './wal-thread.ts';
import { ViewsWriter } from './writer.ts';

/** The program of the writing thread. */

const VIEWS_PER_WAL_CARRYING = 1000;

export const program: ThreadProgram<WriterData> = { url: import.meta.url, run };

export function run(data: WriterData): void {
  const writer = new ViewsWriter(data);
  const walThread = startThread(walProgram, data.file);
  let carrying = false;
  let written = 0;

  walThread.on('message', () => {
    carrying = false;
  });
  // Without it the writing thread still checkpoints by itself, only later and in longer steps.
  walThread.on('error', () => {});
  walThread.unref();

  serveBatches<WriterRequest, WriteOutcome[]>(
    (requests) => {
      const outcomes = writer.work(requests);
      for (const request of requests) written += request.op === 'write' ? request.batch.writes.length : 0;
      if (written >= VIEWS_PER_WAL_CARRYING && !carrying) {
        written = 0;
        carrying = true;
        walThread.postMessage(null);
      }
      return outcomes;
    },
    () => writer.close(),
  );
}
