import { Worker, workerData } from 'node:worker_threads';
import { serveBatches } from '../../sqlite/batched-worker.ts';
import type { WriteOutcome } from '../read-model.ts';
import type { WriterData, WriterRequest } from './requests.ts';
import { ViewsWriter } from './writer.ts';

/** The program of the writing thread. */

const VIEWS_PER_WAL_CARRYING = 1000;

const data: WriterData = workerData;
const writer = new ViewsWriter(data);
const walThread = new Worker(new URL('./wal-thread.ts', import.meta.url), { workerData: data.file });
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
