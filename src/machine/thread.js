import { workerData } from 'node:worker_threads';

// Where every thread of `start-thread.ts` begins. Plain JavaScript: a thread that meets TypeScript which is not in the
// compile cache loads the type stripper for itself, 10 MB; the program was loaded by the main thread before, and so is in there.
const { program, data } = workerData;
const { run } = await import(program);
await run(data);
