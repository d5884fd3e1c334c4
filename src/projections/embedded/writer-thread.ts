import { workerData } from 'node:worker_threads';
import { serveBatches } from '../../sqlite/batched-worker.ts';
import type { WriteOutcome } from '../read-model.ts';
import type { WriterRequest } from './requests.ts';
import { ViewsWriter } from './writer.ts';

/** The program of the writing thread. */
const writer = new ViewsWriter(workerData);

serveBatches<WriterRequest, WriteOutcome[]>(
  (requests) => writer.work(requests),
  () => writer.close(),
);
